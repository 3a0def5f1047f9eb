"""All tags and attributes of the configuration: what they are called, hold and mean.

Everything that has to know them works from this table: the check, the DTD and the reference in `docs/`. The default of
an attribute is what `config.xml` says.
"""

from updateserver.configuration.tag import Attribute, Kind, Tag

OURS = "this server; the PHP one ignores it"

_APPLIES_ENV = Attribute("env", Kind.FLAG, "if it is there, the text names an environment, else a class")

_MASTER = Tag(
    "master",
    "The reference device, whose firmware and boot code all others follow; and the login of the admin pages.",
    (
        Attribute("info", Kind.URL, "the reference device's `CMD0/box_info.xml`; `none`: it is not asked; empty: "
                  "firmware "
                  "and boot code are left alone"),
        Attribute("expire", Kind.SECONDS, "how long its answer is used before it is asked again"),
        Attribute("cache", Kind.FILE, "where its answer is kept, for the time when it is not reachable"),
        Attribute("user", Kind.TEXT, "user name for the admin pages; with user and password empty there is no login"),
        Attribute("password", Kind.SECRET, "password for the admin pages, in clear or, better, as a hash"),
        Attribute("firmware", Kind.BUILD, "firmware for all: as the reference device has it, none, or a fixed build",
                  ("master", "none"), "2009"),
        Attribute("bootcode", Kind.BUILD, "boot code for all: as the reference device has it, the firmware's build, "
                  "none, "
                  "or a fixed build", ("master", "firmware", "none"), "2009"),
    ),
    (Tag("applies", "Only devices for which every one of these holds get firmware and boot code: a class, or `*`.",
         (_APPLIES_ENV,), several=True, text=Kind.NAME, since="2009"),),
)  # fmt: skip
_FWSTORAGE = Tag(
    "fwstorage",
    "Where devices load firmware and boot code from.",
    (Attribute("url", Kind.URL, "URL with `{build}`, `{model}` (the type), `{filetype}` (`prot` or `boot`) and "
               "`{filename}`; "
               "without `://` below this server; with `/` at its end the device adds the file name"),),
)  # fmt: skip
_BACKUP = Tag(
    "backup",
    "Backups of the devices' configurations.",
    (
        Attribute("dir", Kind.DIRECTORY, "where they are kept, a folder for each device; empty: no backups"),
        Attribute("nbackups", Kind.COUNT, "how many different ones are kept for a device; the newest of each of as "
                  "many last days stays as well; 0 or empty: no backups, those that are there stay"),
        Attribute("scfg", Kind.URL, "URL that devices send them to, and further words for the command, such as "
                  "` ser hourly /force 1`"),
        Attribute("minage", Kind.DAYS, "younger ones are never removed, however many there are"),
        Attribute("maxsize", Kind.BYTES, "larger ones are refused; empty or 0: 16777216", since=OURS),
        Attribute("maxtotal", Kind.BYTES, "while all backups together take more, those of devices that have none yet "
                  "are refused; empty or 0: no limit", since=OURS),
        Attribute("perhour", Kind.COUNT, "how many different ones of a device are stored in an hour, so that nobody "
                  "floods the disk in its name; empty or 0: 20, or `nbackups` where that is more", since=OURS),
    ),
)  # fmt: skip
_STATUS = Tag(
    "status",
    "What is remembered about each device and shown in the device overview.",
    (
        Attribute("dir", Kind.DIRECTORY, "where it is kept, a file for each device; it must not be readable from "
                  "outside; "
                  "empty: nothing is remembered"),
        Attribute("missing", Kind.SECONDS, "a device not seen for so long is shown as missing"),
        Attribute("refresh", Kind.SECONDS, "the overview brings itself up to date so often; 0 or empty: never"),
        Attribute("expire", Kind.SECONDS, "a device not seen for so long is forgotten; 0 or empty: never"),
        Attribute("logkeep", Kind.SECONDS, "log messages of a device are kept so long"),
        Attribute("usehttpsdevlinks", Kind.SWITCH, "links to devices in the overview begin with https"),
        Attribute("newperhour", Kind.COUNT, "so many devices that nothing is known of may come from one address (IPv6: "
                  "/64) in an hour; further ones get their scripts, but are not remembered, and their backups are "
                  "refused; empty or 0: no limit", since=OURS),
        Attribute("maxtotal", Kind.BYTES, "while all states together take more, new devices are not remembered; empty "
                  "or 0: no limit", since=OURS),
        Attribute("minfree", Kind.BYTES, "while less is free on the disk of states or backups, nothing is stored there "
                  "of new devices; empty or 0: no limit", since=OURS),
        Attribute("accept", Kind.SERIALS, "only these devices are served, as others are refused: `009033300*,"
                  "00-90-33-40-00-af,config/devices.txt`; in files one in a line; empty: all", since=OURS),
        Attribute("approve", Kind.SWITCH, "new devices get no scripts until an admin accepts them, on the page "
                  "*Unknown devices* or by `updateserver unknown`", since=OURS),
        Attribute("maxsize", Kind.BYTES, "how large the file of a device becomes: first its oldest log messages go, "
                  "then the largest answers, which it is asked for again; empty or 0: 2097152, at least "
                  "65536", since=OURS),
    ),
)  # fmt: skip
_TIMES = Tag(
    "times",
    "How and when scripts are delivered.",
    (
        Attribute("dir", Kind.DIRECTORY, "where the snippets are; it must not be readable from outside; default "
                  "`scripts`"),
        Attribute("allow", Kind.HOURS, "devices carry out scripts in these hours of theirs only; empty: "
                  "always", sent=True),
        Attribute("initial", Kind.MINUTES, "after a start of the device, scripts are carried out for so long whatever "
                  "`allow` "
                  "says", sent=True),
        Attribute("check", Kind.SWITCH, "in the last phase, the same script is carried out once only"),
        Attribute("polling", Kind.SECONDS, "how soon a device asks again while there are phases before it; better "
                  "left as "
                  "it is", sent=True),
        Attribute("interval", Kind.MINUTES, "how often a device asks when all phases are done; empty: 15"),
        Attribute("grace", Kind.SECONDS, "nothing is delivered until the newest snippet is so old, so that nobody "
                  "gets half "
                  "of an edit; missing: 900"),
        Attribute("forcehttps", Kind.SWITCH, "snippets are delivered by HTTPS only; devices are sent there"),
        Attribute("httpsport", Kind.PORT, "the HTTPS port as devices call it; empty: 443", sent=True),
        Attribute("forcetrust", Kind.SWITCH, "only with forcehttps: snippets go to devices with their own, verified "
                  "certificate only. Where the web server passes on neither the verification's result nor the "
                  "certificate "
                  "(lighttpd before it offered `SSL_CLIENT_VERIFY`), its own settings must enforce this"),
        Attribute("httpsurlmod", Kind.URLMOD, "makes the HTTPS URL out of the HTTP one; any delimiter, pattern as in "
                  "PCRE"),
        Attribute("forcestaging", Kind.SWITCH, "`allow` holds in the last phase only, and if the site itself sets "
                  "this, each "
                  "device goes through that phase once without it", since="2009"),
        Attribute("proxies", Kind.ADDRESSES, "reverse proxies that are believed whom they call for and by which scheme "
                  "(`X-Forwarded-For`, `X-Forwarded-Proto`, `X-Forwarded-Port`, `Forwarded`); empty: "
                  "nobody is", since=OURS),
        Attribute("innerport", Kind.PORT, "the port that calls to `httpsport` arrive at, where a router changes it; "
                  "empty: the "
                  "same", since=OURS),
    ),
)  # fmt: skip
_PHASES = Tag(
    "phases",
    "What devices go through, one after the other; they stay in the last one.",
    children=(
        Tag("phase", "One phase: the first part of its snippets' file names.",
            (Attribute("id", Kind.NAME, "its name; no dash, not `all` or `_`"),
             Attribute("seq", Kind.PLACE, "its place: phases are ordered by this number; each one needs its own")),
            several=True),
    ),
)  # fmt: skip
_ENVIRONMENTS = Tag(
    "environments",
    "Where devices are; a device names its own in its update URL (`env=a,b`); without, it is in the first one.",
    children=(
        Tag("environment", "One environment: the third part of its snippets' file names.",
            (Attribute("id", Kind.NAME, "its name; no dash, not `all`"),),
            (Tag("implies", "A device in this environment is in that one too.", several=True, text=Kind.NAME),),
            several=True),
    ),
)  # fmt: skip
_CLASSES = Tag(
    "classes",
    "Kinds of devices. Each type is a class of its own as well (`ip112`).",
    children=(
        Tag("class", "One class: the second part of its snippets' file names.",
            (Attribute("id", Kind.NAME, "its name; no dash, not `all`"),),
            (Tag("model", "A device type that belongs to it; case does not matter, white space does.", several=True,
                 text=Kind.NAME),),
            several=True),
    ),
)  # fmt: skip
_TYPE = Tag("model", "One such type; case does not matter.", several=True, text=Kind.NAME)
_FILENAMES = Tag(
    "filenames",
    "Other names of firmware files, for `{filename}` in `fwstorage/@url`.",
    children=(
        Tag("model", "The names for one type.",
            (Attribute("id", Kind.NAME, "the type, in lower case"),
             Attribute("prot", Kind.TEXT, "name of its firmware file"),
             Attribute("boot", Kind.TEXT, "name of its boot code file")),
            several=True),
    ),
    since="2014",
)  # fmt: skip
_STDARGS = Tag(
    "stdargs",
    "How arguments are written in the URL that devices are given. Better left alone.",
    children=(
        Tag("stdarg", "One argument.",
            (Attribute("key", Kind.NAME, "the argument"),
             Attribute("value", Kind.TEXT, "what stands for it, for the device to fill in; missing: the device adds "
                       "the "
                       "argument by itself")),
            several=True),
    ),
)  # fmt: skip


def _requested(name: str, meaning: str) -> Attribute:
    return Attribute(f"CSR{name}", Kind.TEXT, f"in certificate requests: {meaning}")


_CUSTOMCERTS = Tag(
    "customcerts",
    "Certificates of the site's own CA for devices. The CSR attributes may hold `{realip}` (the device's own "
    "address), `{ip}` "
    "(as the server sees it), `{proxy}`, `{sn}`, `{hwid}`, `{name}` (as told by query `admin`) and `{rdns}`.",
    (
        Attribute("dir", Kind.DIRECTORY, "where requests, certificates and the CA's keys are; it must not be readable "
                  "from "
                  "outside; empty: certificates are left alone"),
        Attribute("CAkeys", Kind.PATTERN, "the CA's certificates in that folder, one in each file, DER or PEM; in the "
                  "order of their names, the CA itself last; folders in it may be named: `ca/*.cer`"),
        Attribute("CAtype", Kind.CHOICE, "who signs requests: `manual`, an admin brings them to a CA and its "
                  "certificates back; `local`, this server's own CA (new in this server)", ("manual", "local")),
        Attribute("CAdays", Kind.DAYS, "with CAtype `local`: how long certificates are good; empty or 0: 730",
                  since=OURS),
        Attribute("CAsubject", Kind.TEXT, "what the subject of a client certificate must hold to be trusted, such as "
                  "`C=DE,O=innovaphone`; empty: any", since=OURS),
        Attribute("CAuser", Kind.UNUSED, "reserved: nothing reads it"),
        Attribute("CApassword", Kind.UNUSED, "reserved: nothing reads it"),
        Attribute("CAurl", Kind.UNUSED, "reserved: nothing reads it"),
        Attribute("CAname", Kind.TEXT, "names (CN) of the CAs whose certificates are good; devices with others are to "
                  "request a "
                  "new one"),
        Attribute("CAnamesep", Kind.TEXT, "what parts the names in CAname"),
        Attribute("CAwildcard", Kind.TEXT, "a name (CN) that is accepted from every device, literally"),
        _requested("dn-c", "country, two letters"),
        _requested("dn-cn", "common name"),
        _requested("dn-l", "locality"),
        _requested("dn-o", "organization"),
        _requested("dn-ou", "organizational unit"),
        _requested("dn-st", "state or province"),
        _requested("key", "key, such as `2048-bit`; larger ones keep the device's processor busy"),
        _requested("san-dns-1", "first DNS name"),
        _requested("san-dns-2", "second DNS name"),
        _requested("san-dns-3", "third DNS name"),
        _requested("san-ip-1", "first IP address"),
        _requested("san-ip-2", "second IP address"),
        _requested("signature", "signature, such as `SH256`"),
        Attribute("renew", Kind.DAYS, "a new certificate is requested so long before the old one ends; 0 or empty: "
                  "when it ended"),
        Attribute("auto-sign-off", Kind.SWITCH, "with CAtype `local`: requests that fit are signed without an admin, "
                  "if they came with a verified certificate of the device, or within network and knowndays",
                  since=OURS),
        Attribute("network", Kind.ADDRESSES, "for auto-sign-off: where devices without a verified certificate must "
                  "call from; empty: nowhere", since=OURS),
        Attribute("netmask", Kind.TEXT, "for auto-sign-off: the mask of network, such as `255.255.0.0`, where that is "
                  "a single address", since=OURS),
        Attribute("knowndays", Kind.DAYS, "for auto-sign-off: how long a device without a verified certificate must "
                  "have been known; empty or 0: not at all", since=OURS),
        Attribute("serverauth", Kind.SWITCH, "with CAtype `local`: certificates are made for TLS servers as well "
                  "(serverAuth), so that browsers believe the devices' own pages by them", since=OURS),
        Attribute("storekey", Kind.UNUSED, "reserved: nothing reads it"),
    ),
)  # fmt: skip
_QUERIES = Tag(
    "queries",
    "What devices are asked to tell about themselves.",
    (Attribute("scfg", Kind.URL, "URL that they send it to; better left as it is"),
     Attribute("maxsize", Kind.BYTES, "larger answers are refused; empty or 0: 262144", since=OURS)),
    (
        Tag(
            "query",
            "One of these questions.",
            (Attribute("id", Kind.NAME, "its name; the answer is `/state/queries/ID` in the device's state"),
             Attribute("title", Kind.TEXT, "how the admin pages call it")),
            (
                Tag("cmd", "The command that makes a device tell it.", text=Kind.COMMAND),
                Tag("applies", "Who is asked: a class, or `*` for all; one that holds is enough. None: nobody.",
                    (_APPLIES_ENV,), several=True, text=Kind.NAME),
                Tag("show", "What the device overview shows of the answer.",
                    (Attribute("title", Kind.TEXT, "its heading"),), several=True, text=Kind.XPATH),
            ),
            several=True,
        ),
    ),
)  # fmt: skip

CONFIG = Tag(
    "config",
    "The whole configuration.",
    (
        Attribute("debugmerge", Kind.SWITCH, "writes the configuration before and after merging to `debug/`"),
        Attribute("debugcerts", Kind.SWITCH, "notes the TLS variables of each call in `debug/Request-Certs.txt`"),
        Attribute("debugscript", Kind.SWITCH, "notes arguments and answers in `debug/`, a file for each device"),
    ),
    (
        _MASTER,
        _FWSTORAGE,
        _BACKUP,
        _STATUS,
        _TIMES,
        _PHASES,
        _ENVIRONMENTS,
        _CLASSES,
        Tag("nobootdev", "Types that get no boot code.", children=(_TYPE,)),
        Tag("nofirmdev", "Types that get no firmware.", children=(_TYPE,)),
        _FILENAMES,
        _CUSTOMCERTS,
        _STDARGS,
        _QUERIES,
    ),
)
