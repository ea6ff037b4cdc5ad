"""Assistants in a database, one JSON document a row, changed by what the database offers for that."""

import json
import os
import sqlite3
import threading

from assistants import new


def store(words, memory):
    """Return the store that the command line names: ``sqlite``, ``postgresql``, or one in memory."""
    fixed = "fixed" in words
    if "sqlite" in words:
        return SQLite(fixed)
    return PostgreSQL(fixed) if "postgresql" in words else memory()


class SQLite:
    """A table of JSON texts; a modify is one UPDATE with json_patch()."""

    def __init__(self, fixed):
        self._fixed = fixed
        self._lock = threading.Lock()
        self._database = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._database.execute("CREATE TABLE assistants (id TEXT PRIMARY KEY, data TEXT NOT NULL)")

    def create(self, fields):
        one = new(fields)
        self._run("INSERT INTO assistants VALUES (?, json(?))", one["id"], json.dumps(one))
        return self.get(one["id"])

    def get(self, assistant_id):
        row = self._run("SELECT data FROM assistants WHERE id = ?", assistant_id)
        return json.loads(row[0][0]) if row else None

    def update(self, assistant_id, fields):
        if self._fixed:  # each member is replaced whole, and null is a value
            changes = "data"
            for name in fields:
                changes = f"json_set({changes}, '$.{name}', json(?))"
            values = [json.dumps(value) for value in fields.values()]
        else:
            changes, values = "json_patch(data, ?)", [json.dumps(fields)]
        row = self._run(f"UPDATE assistants SET data = {changes} WHERE id = ? RETURNING data", *values, assistant_id)
        return json.loads(row[0][0]) if row else None

    def delete(self, assistant_id):
        return bool(self._run("DELETE FROM assistants WHERE id = ? RETURNING id", assistant_id))

    def _run(self, statement, *values):
        with self._lock:
            return self._database.execute(statement, values).fetchall()


class PostgreSQL:
    """A table with a column of jsonb; a modify is one UPDATE with the operator ``||``."""

    def __init__(self, fixed):
        import psycopg

        self._fixed = fixed
        self._kind = "json" if fixed else "jsonb"
        self._lock = threading.RLock()
        self._connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
        self._run("DROP TABLE IF EXISTS assistants")
        self._run(f"CREATE TABLE assistants (id text PRIMARY KEY, data {self._kind} NOT NULL)")

    def create(self, fields):
        one = new(fields)
        self._run(f"INSERT INTO assistants VALUES (%s, %s::{self._kind})", one["id"], json.dumps(one))
        return self.get(one["id"])

    def get(self, assistant_id):
        row = self._run("SELECT data FROM assistants WHERE id = %s", assistant_id)
        return row[0][0] if row else None

    def update(self, assistant_id, fields):
        if self._fixed:  # the text is kept as it is, and members are replaced here, in one transaction
            with self._lock, self._connection.transaction():
                row = self._run("SELECT data FROM assistants WHERE id = %s FOR UPDATE", assistant_id)
                if not row:
                    return None
                one = {**row[0][0], **fields}
                self._run("UPDATE assistants SET data = %s::json WHERE id = %s", json.dumps(one), assistant_id)
                return one
        statement = "UPDATE assistants SET data = data || %s::jsonb WHERE id = %s RETURNING data"
        row = self._run(statement, json.dumps(fields), assistant_id)
        return row[0][0] if row else None

    def delete(self, assistant_id):
        return bool(self._run("DELETE FROM assistants WHERE id = %s RETURNING id", assistant_id))

    def _run(self, statement, *values):
        if self._fixed and values and "\0" in values[-1]:  # a text of PostgreSQL holds no NUL, so none has this id
            return []
        with self._lock:
            cursor = self._connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []
