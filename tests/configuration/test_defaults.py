"""The defaults are those of the reference system, build 2033."""

from updateserver.configuration.xml_source import parsed

from .site import PROJECT, Site

_SCALARS = {
    "config": {"debugmerge": "false", "debugcerts": "false", "debugscript": "false"},
    "master": {
        "info": "http://yourmasterdevice.yourdomain.tld/CMD0/box_info.xml",
        "expire": "3600",
        "cache": "cache/master-info.xml",
        "user": "admin",
        "password": "password",
        "firmware": "master",
        "bootcode": "master",
    },
    "fwstorage": {"url": "fw/{build}/"},
    "backup": {"nbackups": "10", "scfg": "update.php?mode=backup&hwid=#h&sn=#m"},
    "status": {
        "missing": "604800",
        "refresh": "0",
        "expire": "7776000",
        "logkeep": "1800",
        "usehttpsdevlinks": "true",
    },
    "times": {
        "dir": "scripts",
        "check": "true",
        "polling": "5",
        "interval": "15",
        "grace": "90",
        "forcehttps": "",
        "httpsport": "",
        "forcetrust": "",
        "httpsurlmod": "!mtls/!!i",
        "forcestaging": "true",
    },
    "customcerts": {
        "CAkeys": "CAkey*",
        "CAtype": "manual",
        "CAname": "innovaphone Device Certification Authority,innovaphone Device Certification Authority 2",
        "CAnamesep": ",",
        "CSRkey": "2048-bit",
        "CSRsignature": "SH256",
        "CSRdn-cn": "{sn}",
        "renew": "90",
        "storekey": "true",
    },
    "queries": {"scfg": "update.php?mode=query&sn=#m"},
}
_OURS = {
    "backup": {"maxsize": "16777216", "maxtotal": "274877906944"},
    "status": {
        "newperhour": "60000",
        "maxtotal": "17179869184",
        "minfree": "104857600",
        "accept": "",
        "approve": "false",
        "maxsize": "2097152",
    },
    "times": {"proxies": "", "innerport": ""},
    "queries": {"maxsize": "262144"},
}
_CLASSES = {
    "phone": "ip101 ip102 ip110 ip110A ip111 ip112 ip150 ip150A ip152 ip153 ip154 ip200A ip200B ip222 ip222A ip230 "
    "ip230A "
    "ip232 ip240 ip240A ip241 ip242 ip72 swphone mypbxi mypbxa",
    "opus_phone": "ip101 ip102 ip111 ip112 mypbxi mypbxa",
    "pre_opus_phone": "ip110 ip110A ip150 ip150A ip152 ip153 ip154 ip200A ip200B ip230 ip222 ip222A ip232 ip230A ip240 "
    "ip240A ip241 ip242 ip72 swphone",
    "phone_oldui": "ip110 ip110A ip150 ip150A ip152 ip153 ip154 ip200A ip200B ip230 ip230A ip240 ip240A ip241 ip72",
    "phone_newui": "ip101 ip102 ip111 ip112 ip222 ip232 ip242 mypbxi mypbxa",
    "mobile": "mypbxi mypbxa",
    "gw": "ipva ipvadect ip0010 ip0011 ip0013 ip1060 ip1130 ip1200 ip1201 ip1202 ip2000 ip22 ip24 ip28 ip29 ip3000 "
    "ip3010 "
    "ip3011 ip302 ip305 ip311 ip38 ip4001 ip411 ip6000 ip6010 ip6012 ip6013 ip800 ip810 ip811",
    "fxogw": "ip38 ip311",
    "fxsgw": "ip302 ip22 ip24 ip28 ip29 ip29-2 ip29-4 ip311 ip411",
    "brigw": "ip302 ip305 ip400 ip411 ip800 ip810 ip811 ip3010 ip6010",
    "prigw": "ip1060 ip1130 ip3010 ip3011 ip3000 ip6000 ip6010 ip6012 ip6013",
    "pbx": "ipva ipvadect ip0010 ip0011 ip0013 ip2000 ip3000 ip3010 ip3011 ip302 ip305 ip311 ip411 ip6000 ip6010 "
    "ip6012 "
    "ip6013 ip800 ip810 ip811",
}
_DEFAULTS = parsed((PROJECT / "config.xml").read_bytes(), "config.xml")


def test_every_attribute_has_the_reference_value():
    ours = {tag: dict(_DEFAULTS.one(tag).attributes) for tag in _SCALARS if tag != "config"}
    assert dict(_DEFAULTS.attributes) == _SCALARS["config"]
    assert ours == {tag: values | _OURS.get(tag, {}) for tag, values in _SCALARS.items() if tag != "config"}


def test_classes_and_their_types_stand_in_the_reference_order():
    classes = _DEFAULTS.one("classes").all("class")
    assert {node.get("id"): " ".join(model.text for model in node.all("model")) for node in classes} == _CLASSES
    assert [node.get("id") for node in classes] == list(_CLASSES)


def test_types_without_boot_code_or_firmware():
    def types(tag: str) -> str:
        return " ".join(node.text for node in _DEFAULTS.one(tag).all("model"))

    assert types("nobootdev") == "ipva ipvadect swphone mypbxa mypbxi ipbs ipbs2 pbl"
    assert types("nofirmdev") == "swphone mypbxi ipbs ipbs2 pbl"


def test_standard_arguments_stand_in_the_reference_order(site: Site):
    dropped = ["PROT", "BOOT", "BMC", "CFG", "SCFG", "CHECK", "CFG-BACKUP-NUM"]
    expected = {"sn": "#m", "type": "#t", "hwid": "#h", "ip": "#i"}
    expected |= {name: None for base in dropped for name in (base, f"{base}date")} | {"ver": None}
    assert list(site.says("").config.stdargs.items()) == list(expected.items())


def test_phase_environment_file_names_and_queries(site: Site):
    config = site.says("").config
    assert [phase.id for phase in config.phases] == ["update"]
    assert list(config.environments) == ["default"]
    assert {name: (f.prot, f.boot) for name, f in config.filenames.items()} == {
        "mypbxa": ("mypbx.apk", "alt-bootnomodel.bin")
    }
    assert [(query.id, query.title, query.cmd, query.applies) for query in config.queries.queries] == [
        ("certificates", "Certificate", "mod cmd X509 xml-info", ()),
        ("admin", "Admin", "mod cmd CMD0 xml-info", ()),
    ]
