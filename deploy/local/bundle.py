"""Build the policy bundle: the Rego of policies/, signed, named by a digest of its content."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from deploy.local.install import opa
from deploy.local.layout import ROOT
from deploy.local.parts import CannotStart
from deploy.local.secrets import policy_keys

POLICIES = ROOT / "policies"
KEY_ID = "prm-policy"


def revision(policies: Path = POLICIES) -> str:
    """Changes exactly when a rule does; tests are no part of it."""
    digest = hashlib.sha256()
    for path in sorted(policies.rglob("*.rego")):
        if not path.name.endswith("_test.rego"):
            digest.update(path.relative_to(policies).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def build(data: Path, policies: Path = POLICIES) -> Path:
    """The signed bundle, built when the rules have changed or another one lies in its place. Raises CannotStart with what OPA says."""
    folder = data / "opa"
    folder.mkdir(parents=True, exist_ok=True)
    bundle, stamp = folder / "bundle.tar.gz", folder / "revision"
    wanted = revision(policies)
    if bundle.exists() and stamp.exists() and stamp.read_text() == _stamp(wanted, bundle):
        return bundle
    fresh = folder / "bundle.new.tar.gz"
    private, _ = policy_keys(data)
    # Without a verification key: with one, OPA wants to find the sources signed already.
    signing = ["--signing-alg=ES256", f"--signing-key={private}"]
    command = [str(opa()), "build", "--bundle", ".", "--ignore=*_test.rego", f"--revision={wanted}", *signing, f"--output={fresh}"]
    done = subprocess.run(command, cwd=policies, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotStart(f"The policies do not build:\n{done.stderr}{done.stdout}")
    fresh.replace(bundle)
    stamp.write_text(_stamp(wanted, bundle))
    return bundle


def _stamp(wanted: str, bundle: Path) -> str:
    """Says of what rules the bundle is, and that it is still the one that was made of them."""
    return f"{wanted} {hashlib.sha256(bundle.read_bytes()).hexdigest()}"
