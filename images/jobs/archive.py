"""Reads and writes the archive of a server through the library of Barman.

  archive.py COMMAND [ARGUMENT] [barman-cloud options] DESTINATION SERVER

survey                what the archive holds, as JSON
empty                 whether it holds neither WAL nor base backups, as JSON
ends BACKUP           beginning and end of each object of a base backup, as JSON
wal                   the WAL files named on stdin, a line each, decompressed, in frames
keep:TARGET BACKUP    marks a base backup, which Barman then never deletes
release BACKUP        removes the mark
list PREFIX           objects below the destination, as JSON
get KEY, put KEY      one of them; what is put comes in frames
remove                those named on stdin, a line each

A frame is its length in four bytes, big-endian, and its content; one without content ends an object. Credentials come
by environment, as Barman takes them, and ARCHIVE_CA and ARCHIVE_GOOGLE_CREDENTIALS hold what must be files. What went
wrong is a line of JSON on stderr: kind and message.
"""

import base64
import bz2
import json
import logging
import lzma
import os
import struct
import subprocess
import sys
import tempfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO, RawIOBase

from barman.clients.cloud_cli import create_argument_parser
from barman.cloud import CloudBackupCatalog
from barman.cloud_providers import get_cloud_interface
from barman.infofile import BackupInfo

CHUNK = 1 << 20
# Of each object of a base backup: enough for the magic of a compression, and for backup_label at the end of a tar.
HEAD, TAIL = 512, 32 << 10
READERS = 8
FRAME = 256 << 10
# Empty pages become a thousand times as long.
COMPRESSED = 16 << 10


class Failure(Exception):
    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


class Azure:
    # By default the client tries for minutes to reach an address where nobody answers; one more try takes 20 s.
    patience = {"retry_total": 1, "connection_timeout": 10, "read_timeout": 60}

    def __init__(self, interface):
        self.container = interface.container_client

    def objects(self, prefix):
        for blob in self.container.list_blobs(name_starts_with=prefix, **self.patience):
            yield blob.name, blob.size, blob.last_modified

    def chunks(self, key, offset=None, length=None):
        return self.container.download_blob(key, offset=offset, length=length, **self.patience).chunks()

    def upload(self, key, stream):
        self.container.upload_blob(key, stream, overwrite=True, **self.patience)

    def delete(self, keys):
        # One by one: Barman's batch is not understood by Azurite, whose paths begin with the account.
        with ThreadPoolExecutor(READERS) as workers:
            list(workers.map(self.delete_one, keys))

    def delete_one(self, key):
        try:
            self.container.delete_blob(key, **self.patience)
        except Exception as error:
            if classify(error) != "missing":
                raise


class S3:
    def __init__(self, interface):
        self.interface = interface
        self.client = interface.s3.meta.client
        self.bucket = interface.bucket_name

    def objects(self, prefix):
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        for page in pages:
            for item in page.get("Contents", []):
                yield item["Key"], item["Size"], item["LastModified"]

    def chunks(self, key, offset=None, length=None):
        part = {} if offset is None else {"Range": "bytes=%d-%d" % (offset, offset + length - 1)}
        return self.client.get_object(Bucket=self.bucket, Key=key, **part)["Body"].iter_chunks(CHUNK)

    def upload(self, key, stream):
        self.client.upload_fileobj(stream, self.bucket, key)

    def delete(self, keys):
        self.interface.delete_objects(keys)


class Google:
    def __init__(self, interface):
        self.interface = interface
        self.client, self.bucket = interface.client, interface.container_client

    def objects(self, prefix):
        for blob in self.client.list_blobs(self.bucket, prefix=prefix):
            yield blob.name, blob.size, blob.updated

    def chunks(self, key, offset=None, length=None):
        with self.bucket.blob(key).open("rb") as reader:
            if offset is not None:
                reader.seek(offset)
                yield reader.read(length)
                return
            while chunk := reader.read(CHUNK):
                yield chunk

    def upload(self, key, stream):
        self.bucket.blob(key, chunk_size=8 * CHUNK).upload_from_file(stream)

    def delete(self, keys):
        self.interface.delete_objects(keys)


CLIENTS = {"azure-blob-storage": Azure, "aws-s3": S3, "google-cloud-storage": Google}


class Archive:
    def __init__(self, options):
        interface = get_cloud_interface(options)
        self.interface = interface
        self.client = CLIENTS[options.cloud_provider](interface)
        self.root = interface.path.strip("/") + "/" if interface.path.strip("/") else ""
        self.server = options.server_name
        self.base = self.root + self.server + "/base/"
        self.wals = self.root + self.server + "/wals/"

    def listing(self, prefix):
        return [
            {"key": key[len(self.root):], "bytes": size, "stored": modified.timestamp() if modified else None}
            for key, size, modified in self.client.objects(self.root + prefix)
        ]

    def read(self, key, offset=None, length=None):
        return b"".join(self.client.chunks(key, offset, length))

    def survey(self):
        wal = self.listing(self.server + "/wals/")
        files = self.listing(self.server + "/base/")
        backups = {}
        for item in files:
            parts = item["key"].split("/")
            if len(parts) > 3:
                backups.setdefault(parts[2], []).append(item)
        with ThreadPoolExecutor(READERS) as readers:
            described = list(readers.map(self.backup, backups, backups.values()))
            names = [item["key"] for item in wal if ".history" in item["key"]]
            histories = list(readers.map(self.history, names))
        return {"backups": described, "wal": wal, "histories": histories, "others": self.others(files)}

    def others(self, files):
        return sum(item["bytes"] for item in files if len(item["key"].split("/")) <= 3)

    def backup(self, backup_id, files):
        found = {"id": backup_id, "files": files}
        keys = {item["key"].split("/", 3)[3] for item in files}
        if "backup.info" in keys:
            try:
                found["info"] = self.info(backup_id)
            except Exception as error:
                if classify(error) != "other":
                    raise
                found["unreadable"] = str(error) or type(error).__name__
        if "annotations/keep" in keys:
            found["keep"] = self.read(self.base + backup_id + "/annotations/keep").decode().strip()
        return found

    def info(self, backup_id):
        info = BackupInfo(backup_id)
        info.load(file_object=BytesIO(self.read(self.base + backup_id + "/backup.info")))
        return info.to_json()

    def history(self, key):
        content = b"".join(decompressed(key, self.client.chunks(self.root + key)))
        return {"key": key, "text": content.decode("utf-8", "replace")}

    def empty(self):
        prefixes = (self.wals, self.base)
        return {"empty": all(next(iter(self.client.objects(prefix)), None) is None for prefix in prefixes)}

    def ends(self, backup_id):
        objects = [item for item in self.listing("%s/base/%s/" % (self.server, backup_id)) if ".tar" in item["key"]]
        with ThreadPoolExecutor(READERS) as readers:
            return list(readers.map(self.object_ends, objects))

    def object_ends(self, item):
        size = item["bytes"]

        def part(offset, length):
            content = self.read(self.root + item["key"], offset, length) if length > 0 else b""
            return base64.b64encode(content).decode()

        tail = min(TAIL, size)
        return {**item, "head": part(0, min(HEAD, size)), "tail": part(size - tail, tail)}

    def wal(self, names):
        for name in names:
            key = self.wal_key(name)
            write_frame(json.dumps({"name": name, "found": key is not None}).encode())
            if key is not None:
                for chunk in decompressed(key, self.client.chunks(key)):
                    for piece in pieces(chunk, FRAME):
                        write_frame(piece)
            write_frame(b"")
            sys.stdout.buffer.flush()

    def wal_key(self, name):
        directory = name[:16] + "/" if len(name.split(".")[0]) == 24 else ""
        wanted = self.wals + directory + name
        for key, _, _ in self.client.objects(wanted):
            if key == wanted or key[len(wanted):] in SUFFIXES:
                return key
        return None

    def keep(self, backup_id, target):
        catalog = CloudBackupCatalog(self.interface, self.server)
        info = catalog.get_backup_info(backup_id)
        if info is None:
            raise Failure("missing", "base backup %s" % backup_id)
        if info.status != BackupInfo.DONE:
            raise Failure("state", "base backup %s has the status %s" % (backup_id, info.status))
        catalog.keep_backup(backup_id, target)

    def release(self, backup_id):
        self.client.delete([self.base + backup_id + "/annotations/keep"])

    def get(self, key):
        for chunk in self.client.chunks(self.root + key):
            sys.stdout.buffer.write(chunk)

    def put(self, key):
        self.client.upload(self.root + key, FramedInput(sys.stdin.buffer))

    def remove(self, keys):
        for key in keys:
            # WAL and base backups go by Barman's own retention, which knows what needs what.
            top, _, rest = key.partition("/")
            if top != "dumps" and rest.split("/")[0] in ("base", "wals"):
                raise Failure("refused", key)
        self.client.delete([self.root + key for key in keys])


class FramedInput(RawIOBase):
    """What is in frames on a stream. An end without the last frame is an error, so nothing cut off is ever stored."""

    def __init__(self, stream):
        self.stream, self.left, self.done = stream, 0, False

    def readable(self):
        return True

    def readinto(self, buffer):
        if self.left == 0 and not self.done:
            self.left = struct.unpack(">I", self.exactly(4))[0]
            self.done = self.left == 0
        if self.done:
            return 0
        content = self.stream.read1(min(self.left, len(buffer)))
        if not content:
            raise Failure("cut", "the input ended early")
        buffer[: len(content)] = content
        self.left -= len(content)
        return len(content)

    def read(self, size=-1):
        # Clients take a short answer for the last one.
        parts = []
        while size != 0:
            part = super().read(min(size, CHUNK) if size > 0 else CHUNK)
            if not part:
                break
            parts.append(part)
            size -= len(part) if size > 0 else 0
        return b"".join(parts)

    def exactly(self, size):
        content = self.stream.read(size)
        if len(content) < size:
            raise Failure("cut", "the input ended early")
        return content


def write_frame(content):
    sys.stdout.buffer.write(struct.pack(">I", len(content)))
    sys.stdout.buffer.write(content)


def pieces(content, size):
    """A view of bytes in parts, so that neither side has to hold a whole segment."""
    view = memoryview(content)
    return (view[at : at + size] for at in range(0, len(view), size))


def decompressed(key, chunks):
    suffix = os.path.splitext(key)[1]
    if suffix not in SUFFIXES:
        yield from chunks
        return
    yield from SUFFIXES[suffix](chunks)


def by_object(make):
    def run(chunks):
        decompressor = make()
        for chunk in (piece for chunk in chunks for piece in pieces(chunk, COMPRESSED)):
            try:
                content = decompressor.decompress(chunk)
            except Exception as error:
                raise Failure("damaged", str(error))
            if content:
                yield content
        if hasattr(decompressor, "eof") and not decompressor.eof:
            raise Failure("damaged", "a compressed object ends early")
        if rest := getattr(decompressor, "flush", lambda: b"")():
            yield rest

    return run


def by_program(command):
    """With the program, where Python has no module for the compression."""

    def run(chunks):
        done = subprocess.run([command, "-dc"], input=b"".join(chunks), capture_output=True)
        if done.returncode != 0:
            raise Failure("damaged", done.stderr.decode("utf-8", "replace").strip())
        yield done.stdout

    return run


def zstd(chunks):
    try:
        from compression.zstd import ZstdDecompressor as make
    except ImportError:
        return by_program("zstd")(chunks)
    return by_object(make)(chunks)


def lz4(chunks):
    try:
        from lz4.frame import LZ4FrameDecompressor as make
    except ImportError:
        return by_program("lz4")(chunks)
    return by_object(make)(chunks)


def snappy(chunks):
    try:
        from snappy import StreamDecompressor as make
    except ImportError:
        raise Failure("library", "python3-snappy")
    return by_object(make)(chunks)


SUFFIXES = {
    ".gz": by_object(lambda: zlib.decompressobj(16 + zlib.MAX_WBITS)),
    ".bz2": by_object(bz2.BZ2Decompressor),
    ".xz": by_object(lzma.LZMADecompressor),
    ".zst": zstd,
    ".lz4": lz4,
    ".snappy": snappy,
}

CREDENTIAL_CODES = {
    "403", "401", "AccessDenied", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken",
    "InvalidToken", "AuthorizationHeaderMalformed",
}  # fmt: skip


def classify(error):
    """The kind of an error, by the names of its classes: only the library in use is there to be imported."""
    if isinstance(error, Failure):
        return error.kind
    if isinstance(error, (SystemExit, ImportError)):
        return "library"
    names = {kind.__name__ for kind in type(error).__mro__}
    status = str(getattr(error, "status_code", "") or getattr(error, "code", ""))
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code", "") if isinstance(response, dict) else ""
    code = code or str(getattr(error, "error_code", "") or "")
    if code in ("NoSuchBucket", "ContainerNotFound", "StorageErrorCode.CONTAINER_NOT_FOUND"):
        return "container"
    if code in ("NoSuchKey", "404", "BlobNotFound") or names & {"ResourceNotFoundError", "NotFound"}:
        return "container" if "bucket does not exist" in str(error) else "missing"
    if code in CREDENTIAL_CODES or status in ("401", "403"):
        return "credential"
    if names & {"ClientAuthenticationError", "CredentialUnavailableError", "GoogleAuthError", "NoCredentialsError"}:
        return "credential"
    if names & {"PartialCredentialsError", "AuthenticationError"} or "onnection string" in str(error):
        return "credential"
    unreachable = {"ServiceRequestError", "ServiceResponseError", "HTTPClientError", "EndpointConnectionError"}
    if names & (unreachable | {"TransportError", "ConnectionError", "ConnectionClosedError"}):
        return "unreachable"
    return "other"


class LastError(logging.Handler):
    """Barman logs some reasons and raises nothing but a class."""

    text = ""

    def emit(self, record):
        self.text = record.getMessage()


def place_files():
    for variable, content in (
        ("AWS_CA_BUNDLE", os.environ.pop("ARCHIVE_CA", None)),
        ("GOOGLE_APPLICATION_CREDENTIALS", os.environ.pop("ARCHIVE_GOOGLE_CREDENTIALS", None)),
    ):
        if content is None:
            continue
        # Goes with the process, which keeps it open.
        file = tempfile.NamedTemporaryFile()
        file.write(content.encode())
        file.flush()
        OPEN_FILES.append(file)
        os.environ[variable] = file.name
        if variable == "AWS_CA_BUNDLE":
            os.environ["REQUESTS_CA_BUNDLE"] = file.name


OPEN_FILES = []


def lines():
    return [line.strip() for line in sys.stdin if line.strip()]


def run(command, arguments):
    parser, _, _ = create_argument_parser(description="")
    takes = {"ends", "keep", "release", "list", "get", "put"}
    name, _, target = command.partition(":")
    argument = arguments.pop(0) if name in takes else None
    place_files()
    archive = Archive(parser.parse_args(arguments))
    answers = {
        "survey": archive.survey,
        "empty": archive.empty,
        "ends": lambda: archive.ends(argument),
        "list": lambda: archive.listing(argument),
    }
    actions = {
        "wal": lambda: archive.wal(lines()),
        "keep": lambda: archive.keep(argument, target),
        "release": lambda: archive.release(argument),
        "get": lambda: archive.get(argument),
        "put": lambda: archive.put(argument),
        "remove": lambda: archive.remove(lines()),
    }
    if name in answers:
        json.dump(answers[name](), sys.stdout, default=str)
    else:
        actions[name]()
    sys.stdout.flush()


def main():
    errors = LastError(logging.ERROR)
    logging.getLogger().addHandler(errors)
    try:
        run(sys.argv[1], sys.argv[2:])
    except BaseException as error:
        message = str(error) or errors.text or type(error).__name__
        print("\n" + json.dumps({"kind": classify(error), "message": message}), file=sys.stderr)
        sys.stderr.flush()
        # Threads that still wait for the network must not keep a failed command alive.
        os._exit(1)


if __name__ == "__main__":
    main()
