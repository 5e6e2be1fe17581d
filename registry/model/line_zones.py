"""Time zones of a telephone line. Names only: offsets are asked for elsewhere.

A region has one zone or several. Where it has several, a line's own area code may say more: in the United States it
does. A mobile number moves with its owner and keeps its code, so the code is never the only place looked at: a call
is judged where the borrower lives as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from registry.model.zones import zones_of_region

_EASTERN = "America/New_York"
_CENTRAL = "America/Chicago"
_MOUNTAIN = "America/Denver"
_ARIZONA = "America/Phoenix"
_PACIFIC = "America/Los_Angeles"
_ALASKA = "America/Anchorage"
_ALEUTIANS = "America/Adak"
_HAWAII = "Pacific/Honolulu"

# Area codes of the United States, from libphonenumber 9.0.42 (resources/timezones, Apache-2.0); zones that keep the
# same time today are one. Overlays have the zones of the area they lie on (930 on 812, 364 on 270, 448 on 850, 458 on
# 541; 689, on 407, besides its own). A code that is not here, as a freephone one, may ring anywhere in the country.
_AREAS: tuple[tuple[tuple[str, ...], str], ...] = (
    ((_EASTERN,), (
        "201 202 203 207 212 215 216 220 223 227 229 231 234 239 240 248 252 260 267 269 272 276 283 301 302 304 "
        "305 313 315 317 321 324 326 329 330 332 336 339 347 351 352 363 380 386 401 404 407 410 412 413 419 434 "
        "440 443 445 463 470 472 475 478 484 502 508 513 516 517 518 540 551 561 567 570 571 582 585 586 603 607 "
        "609 610 614 616 617 631 640 645 646 656 667 678 680 681 686 703 704 706 716 717 718 724 727 728 732 734 "
        "740 743 754 757 762 765 770 771 772 774 781 786 802 803 804 810 813 814 821 826 828 835 838 839 843 845 "
        "848 854 856 857 859 860 862 863 864 865 878 904 908 910 912 914 917 919 929 934 937 941 943 947 948 954 "
        "959 973 978 980 984 989"
    )),
    ((_EASTERN, _CENTRAL), "219 270 364 423 448 574 606 689 812 850 906 930"),
    ((_CENTRAL,), (
        "205 210 214 217 218 224 225 228 235 251 254 256 262 274 281 309 312 314 316 318 319 320 325 327 331 334 "
        "337 346 353 361 402 405 409 414 417 430 432 447 464 469 479 501 504 507 512 515 531 534 539 557 563 572 "
        "573 580 601 608 612 615 618 629 630 636 641 651 659 660 662 682 708 712 713 715 726 730 731 737 763 "
        "769 773 779 806 815 816 817 830 832 847 870 872 901 903 913 918 920 931 936 938 940 945 952 956 972 975 "
        "979 985"
    )),
    ((_CENTRAL, _MOUNTAIN), "308 605 620 701 785"),
    ((_MOUNTAIN,), "303 307 385 406 435 505 575 719 720 748 801 915 970 983"),
    ((_MOUNTAIN, _PACIFIC), "208 458 541 775 986"),
    ((_MOUNTAIN, _ARIZONA), "928"),
    ((_ARIZONA,), "480 520 602 623"),
    ((_PACIFIC,), (
        "206 209 213 253 279 310 323 341 350 360 369 408 415 424 425 442 503 509 510 530 559 562 564 619 626 628 "
        "650 657 661 669 702 707 714 725 738 747 760 805 818 820 831 840 858 909 916 925 949 951 971"
    )),
    ((_ALASKA, _ALEUTIANS, _HAWAII), "907"),
    ((_HAWAII,), "808"),
)


def zones_of_line(e164: str, region: str | None) -> tuple[str, ...]:
    """The zones in which a number in E.164 may ring; empty where its region is unknown."""
    if region == "US" and e164.startswith("+1"):
        found = _ZONES.get(e164[2:5])
        if found is not None:
            return found
    return () if region is None else zones_of_region(region)


def _pairs() -> Iterator[tuple[str, tuple[str, ...]]]:
    for zones, codes in _AREAS:
        for code in codes.split():
            yield code, zones


_ZONES = MappingProxyType(dict(_pairs()))
