"""The one dispatch table of the vault's ops, by family."""

from __future__ import annotations

from registry.vault.ops.acts import ACTS
from registry.vault.ops.assigning import ASSIGNING
from registry.vault.ops.calls import CALLS
from registry.vault.ops.cases import CASES
from registry.vault.ops.coded_channels import CODED_CHANNELS
from registry.vault.ops.complaints import COMPLAINTS
from registry.vault.ops.consent_records import CONSENT_RECORDS
from registry.vault.ops.consents import CONSENTS
from registry.vault.ops.contact_standing import STANDING
from registry.vault.ops.courier import COURIER
from registry.vault.ops.demo import DEMO
from registry.vault.ops.deposits import DEPOSITS
from registry.vault.ops.derogations import DEROGATIONS
from registry.vault.ops.dials import DIALS
from registry.vault.ops.erasures import ERASURES
from registry.vault.ops.lifted import LIFTED
from registry.vault.ops.lookups import LOOKUPS
from registry.vault.ops.matching import MATCHING
from registry.vault.ops.officers import OFFICERS
from registry.vault.ops.outcomes import OUTCOMES
from registry.vault.ops.pack_drafts import PACK_DRAFTS
from registry.vault.ops.packs import PACKS
from registry.vault.ops.passkeys import PASSKEYS
from registry.vault.ops.people import PEOPLE
from registry.vault.ops.person_consents import PERSON_CONSENTS
from registry.vault.ops.reading import READING
from registry.vault.ops.renewals import RENEWALS
from registry.vault.ops.replies import REPLIES
from registry.vault.ops.reporting_contacts import REPORTING
from registry.vault.ops.resolutions import RESOLUTIONS
from registry.vault.ops.sign_in import SIGN_IN
from registry.vault.ops.table import Ops
from registry.vault.ops.timelines import TIMELINES

OPS: Ops = {
    **READING, **DEPOSITS, **ACTS, **CONSENTS, **LOOKUPS, **OUTCOMES, **COURIER, **CALLS, **REPLIES, **DEMO, **PACKS,
    **DEROGATIONS, **OFFICERS,
    **TIMELINES, **SIGN_IN, **PASSKEYS, **PEOPLE, **PERSON_CONSENTS, **COMPLAINTS, **RESOLUTIONS, **STANDING,
    **CASES, **CODED_CHANNELS, **ERASURES, **MATCHING, **DIALS, **RENEWALS, **CONSENT_RECORDS, **ASSIGNING,
    **LIFTED, **REPORTING, **PACK_DRAFTS,
}
