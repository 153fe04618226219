"""What all AWS tasks share: who they are, the clients, and what errors become."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import cache
from typing import Any, ClassVar

from engine.errors import TaskFailure
from engine.plugin import Duration, Plugin, RunContext, Text
from engine.plugins._package import optional

_ADVICE = {
    "InvalidAccessKeyId": "check `accessKeyId`",
    "SignatureDoesNotMatch": "check `secretKeyId`",
    "InvalidClientTokenId": "check `accessKeyId`",
    "UnrecognizedClientException": "check `accessKeyId`",
    "ExpiredToken": "get a new `sessionToken`",
    "AccessDenied": "ask for the permission, or use other credentials",
    "PermanentRedirect": "set `region` to that of the bucket",
    "NoSuchBucket": "check `bucket`",
    "NoSuchKey": "check `key`",
}
_CONNECT_SECONDS = 10
_READ_SECONDS = 120


class AwsProperties(Plugin):
    """Who a task is to AWS, and where it works."""

    abstract: ClassVar[bool] = True

    region: Text | None = None
    """Region, like `eu-central-1`; by default that of the machine (`AWS_DEFAULT_REGION` or its profile)."""
    endpoint_override: Text | None = None
    """Address of another service that speaks the same protocol, like `http://localhost:9000` of MinIO."""
    compatibility_mode: bool = False
    """Set it for stores that refuse the checksums newer clients of AWS send along."""
    force_path_style: bool = False
    """Whether the bucket stands in the path of addresses instead of in the host's name. With
    `endpointOverride` it always does."""
    access_key_id: Text | None = None
    """Access key, best kept as a secret. Without it the machine's own credentials are used: the variables
    `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, a profile, or the role of the virtual machine."""
    secret_key_id: Text | None = None
    """Secret of the access key, best kept as a secret."""
    session_token: Text | None = None
    """Token that belongs to temporary keys."""
    sts_role_arn: Text | None = None
    """Role to take on, like `arn:aws:iam::123456789012:role/loader`; the credentials must be allowed to."""
    sts_role_external_id: Text | None = None
    """External id the role asks for."""
    sts_role_session_name: Text | None = None
    """Name under which the role's use is logged; by default the flow's id."""
    sts_role_session_duration: Duration = timedelta(minutes=15)
    """How long the role is taken on; 15 minutes at least."""
    sts_endpoint_override: Text | None = None
    """Address of another service for taking on roles."""

    @contextmanager
    def opened(self, ctx: RunContext, service: str, doing: str) -> Iterator[Any]:
        """Give a client that is closed at the end; its errors become a TaskFailure that names `doing`."""
        if bool(self.access_key_id) != bool(self.secret_key_id):
            missing = "secretKeyId" if self.access_key_id else "accessKeyId"
            raise TaskFailure(f"{missing}: missing; `accessKeyId` and `secretKeyId` belong together")
        with aws_errors(doing, ctx):
            session = _session(
                aws_access_key_id=self.access_key_id,
                aws_secret_access_key=self.secret_key_id,
                aws_session_token=self.session_token,
                region_name=self.region,
            )
            if self.sts_role_arn:
                session = self._in_role(ctx, session)
            client = session.client(service, endpoint_url=self.endpoint_override, config=self._config())
            with closing(client):
                yield client

    def _config(self) -> Any:
        given: dict[str, Any] = {
            "connect_timeout": _CONNECT_SECONDS,
            "read_timeout": _READ_SECONDS,
            "retries": {"mode": "standard"},
        }
        if self.compatibility_mode:
            given["request_checksum_calculation"] = "when_required"
            given["response_checksum_validation"] = "when_required"
        if self.force_path_style:
            given["s3"] = {"addressing_style": "path"}
        return aws("botocore.config").Config(**given)

    def _in_role(self, ctx: RunContext, session: Any) -> Any:
        """Return a session with the temporary keys of the role."""
        wanted: dict[str, Any] = {
            "RoleArn": self.sts_role_arn,
            "RoleSessionName": self.sts_role_session_name or f"flowsmith-{ctx.where.flow_id}"[:64],
            "DurationSeconds": int(self.sts_role_session_duration.total_seconds()),
        }
        if self.sts_role_external_id:
            wanted["ExternalId"] = self.sts_role_external_id
        with aws_errors(f"Taking on the role {self.sts_role_arn}", ctx):
            client = session.client("sts", endpoint_url=self.sts_endpoint_override, config=self._config())
            with closing(client):
                keys = client.assume_role(**wanted)["Credentials"]
        return _session(
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
            region_name=session.region_name,
        )


def _session(**identity: str | None) -> Any:
    """Return a session; the descriptions of the services are read once per process (80 ms the first time)."""
    core, loader = aws("botocore.session").get_session(), _descriptions()
    core.register_component("data_loader", loader)
    session = aws("boto3.session").Session(botocore_session=core, **identity)
    loader.search_paths[:] = dict.fromkeys(loader.search_paths)  # every session adds its folder once more
    return session


@cache
def _descriptions() -> Any:
    return aws("botocore.session").get_session().get_component("data_loader")


def aws(name: str) -> Any:
    """Import a module of the AWS packages, when a task first needs it; raises TaskFailure."""
    return optional(name, tasks="AWS", extra="aws")


@contextmanager
def aws_errors(doing: str, ctx: RunContext) -> Iterator[None]:
    """Turn what the clients raise into a TaskFailure: what was done, what was said to it, what to do."""
    exceptions = aws("botocore.exceptions")
    upload = aws("boto3.exceptions").Boto3Error
    try:
        yield
    except (exceptions.ClientError, exceptions.BotoCoreError, upload, ValueError) as error:
        if ctx.cancelled.is_set():
            raise TaskFailure(f"Stopped; {doing[0].lower()}{doing[1:]} was broken off") from error
        raise TaskFailure(f"{doing} failed: {reason(error)}") from error


def reason(error: Exception) -> str:
    """Return what an error says and what can be done about it."""
    exceptions = aws("botocore.exceptions")
    if isinstance(error, exceptions.NoCredentialsError):
        return (
            "there are no credentials; set `accessKeyId` and `secretKeyId`, best from secrets, or give the "
            "machine that runs the service some of its own"
        )
    if isinstance(error, exceptions.NoRegionError):
        return "there is no region; set `region`, like eu-central-1"
    if isinstance(error, exceptions.HTTPClientError | exceptions.ConnectionError):
        return f"{error}; check `endpointOverride`, `region` and the network"
    code, said = code_of(error), str(error)
    if isinstance(error, exceptions.ClientError):
        said = str(error.response.get("Error", {}).get("Message") or "no reason given").rstrip(".")
    advice = f"; {_ADVICE[code]}" if code in _ADVICE else ""
    return f"{said} ({code}){advice}" if code else said


def code_of(error: BaseException) -> str:
    """Return the code of a service's error, like `NoSuchKey`; empty when it is another error."""
    response = getattr(error, "response", None)
    found = response.get("Error", {}).get("Code", "") if isinstance(response, dict) else ""
    return str(found)
