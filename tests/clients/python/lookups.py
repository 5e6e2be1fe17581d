"""Looks contacts up with the generated client, and prints what it was told as one JSON object.

    python lookups.py URL TOKEN ACCOUNT-TO-PERMIT ACCOUNT-TO-DENY KEY
"""

import json
import sys

from consentry_client import AuthenticatedClient
from consentry_client.api.collector import get_lookup, look_up
from consentry_client.api.events import list_events
from consentry_client.models import EventPage, Lookup, LookupAbout, LookupMode, LookupPurpose, Problem, Verdict

url, token, reachable, other, key = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=token)


def ask(account: str, key: str) -> Verdict:
    body = Lookup(account=account, about=LookupAbout.CONTACT, purpose=LookupPurpose.RESTORE_CONTACT,
                  mode=LookupMode.NUMBER, agent="agent-17")
    answer = look_up.sync(client=client, body=body, idempotency_key=key)
    assert isinstance(answer, Verdict), answer
    return answer


permit, deny = ask(reachable, key), ask(other, "python")
again = get_lookup.sync(deny.lookup, client=client)
events = list_events.sync(client=client, after=deny.log_index - 1)
refused = get_lookup.sync(deny.lookup, client=AuthenticatedClient(base_url=url, token="nonsense"))
assert isinstance(again, Verdict)
assert isinstance(events, EventPage)
assert isinstance(refused, Problem)
print(json.dumps({
    "permit": permit.verdict, "jwe": permit.release.jwe, "script": permit.obligations.script,
    "deny": deny.verdict, "state": deny.state, "action": deny.next_.action,
    "missing": [one.code for one in deny.missing], "again": again.lookup == deny.lookup, "problem": refused.code,
    "lookup": deny.lookup, "kinds": [one.kind for one in events.items if one.id == deny.lookup],
}))
