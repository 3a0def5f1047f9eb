"""The tables of the SQLite file, and the questions that are asked of them."""

VERSION = 1

TABLES = (
    """CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL)""",
    """CREATE TABLE project (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL REFERENCES customer, name TEXT NOT NULL,
        comment TEXT NOT NULL, url TEXT NOT NULL, trust TEXT NOT NULL, env TEXT NOT NULL, firmware TEXT NOT NULL,
        bootcode TEXT NOT NULL, devices INTEGER NOT NULL DEFAULT 0)""",
    """CREATE TABLE device (mac INTEGER, project INTEGER NOT NULL REFERENCES project, env TEXT NOT NULL,
        name TEXT NOT NULL, PRIMARY KEY (mac, project)) WITHOUT ROWID""",
    """CREATE INDEX by_project ON device (project, mac)""",
    # to count a million devices takes longer than a page may
    """CREATE TRIGGER one_more AFTER INSERT ON device
        BEGIN UPDATE project SET devices = devices + 1 WHERE id = new.project; END""",
    """CREATE TRIGGER one_less AFTER DELETE ON device
        BEGIN UPDATE project SET devices = devices - 1 WHERE id = old.project; END""",
    f"""PRAGMA user_version={VERSION}""",
)

_COLUMNS = "p.id, c.id, c.name, p.name, p.comment, p.url, p.trust, {env}, p.firmware, p.bootcode"
_JOIN = "FROM project p JOIN customer c ON c.id = p.customer"
_OWN = "CASE d.env WHEN '' THEN p.env ELSE d.env END"
PROJECTS = f"SELECT {_COLUMNS.format(env='p.env')} {_JOIN}"
PROJECTS_OF_DEVICE = (
    f"SELECT {_COLUMNS.format(env=_OWN)} {_JOIN} JOIN device d ON d.project = p.id WHERE d.mac = ? ORDER BY p.id"
)

PUT_CUSTOMER = "INSERT INTO customer VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name"
PUT_PROJECT = """INSERT INTO project (id, customer, name, comment, url, trust, env, firmware, bootcode)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET customer = excluded.customer,
    name = excluded.name, comment = excluded.comment, url = excluded.url, trust = excluded.trust, env = excluded.env,
    firmware = excluded.firmware, bootcode = excluded.bootcode"""
