"""Generate build/gen (Python with type stubs) and build/protos.binpb (the image that buf lints) from protos/.

`validate.proto` is shipped by protovalidate only as Python, so its descriptor is written out first and handed
to protoc as a descriptor set.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
BUILD = ROOT / "build"
GEN = BUILD / "gen"
IMAGE = BUILD / "protos.binpb"
STAMP = BUILD / "protos.sha256"
VALIDATE = "buf/validate/validate.proto"


def _digest() -> str:
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for path in sorted(PROTOS.rglob("*.proto")):
        digest.update(path.relative_to(PROTOS).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _write_validate_descriptor(target: Path) -> None:
    from google.protobuf import descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2
    from protovalidate._gen.buf.validate import validate_pb  # the wheel keeps it nowhere else

    found = descriptor_pb2.FileDescriptorSet()
    for module in (descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2):
        found.file.add().ParseFromString(module.DESCRIPTOR.serialized_pb)
    found.file.add().ParseFromString(validate_pb._DESC.proto.to_binary())  # noqa: SLF001 - the wheel has no other door
    target.write_bytes(found.SerializeToString())


def _compile(protos: Path, image: Path, validate: Path, options: Sequence[str] = ()) -> None:
    """Write the image of all protos in a folder; `options` may ask for more. Exits with a message when protoc refuses."""
    import grpc_tools
    from google.api import annotations_pb2
    from grpc_tools import protoc

    _write_validate_descriptor(validate)
    common = Path(annotations_pb2.__file__).parents[2]
    well_known = Path(grpc_tools.__file__).parent / "_proto"
    own = [path.relative_to(protos).as_posix() for path in sorted(protos.rglob("*.proto"))]
    output = ["--include_imports", "--include_source_info", f"--descriptor_set_out={image}"]
    paths = [f"-I{protos}", f"-I{common}", f"-I{well_known}", f"--descriptor_set_in={validate}"]
    if protoc.main(["protoc", *paths, *options, *output, *own, VALIDATE]):
        sys.exit("The protos do not compile; protoc's message stands above.")


def _python_outputs(out: Path) -> list[str]:
    programs = Path(sys.executable).parent
    plugins = [f"--plugin=protoc-gen-{name}={programs / ('protoc-gen-' + name)}" for name in ("mypy", "mypy_grpc")]
    return [
        *plugins,
        *(f"--{kind}_out={'quiet:' if 'mypy' in kind else ''}{out}" for kind in ("python", "mypy", "grpc_python", "mypy_grpc")),
    ]


def write_image(protos: Path, image: Path) -> Path:
    """The image of the protos in another folder, such as those of an earlier release; -> its path."""
    _compile(protos, image, image.with_suffix(".validate"))
    return image


def generate() -> bool:
    """Bring build/gen up to date; -> whether anything had to be generated. Exits with a message when protoc refuses."""
    digest = _digest()
    if STAMP.exists() and STAMP.read_text() == digest and GEN.exists():
        return False
    out = BUILD / "gen.new"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    _compile(PROTOS, out / "image.binpb", BUILD / "validate.binpb", _python_outputs(out))
    (out / "image.binpb").replace(IMAGE)
    shutil.rmtree(GEN, ignore_errors=True)
    out.rename(GEN)
    STAMP.write_text(digest)
    return True


if __name__ == "__main__":
    print("generated" if generate() else "up to date")
