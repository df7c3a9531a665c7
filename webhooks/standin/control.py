"""The stand-in's own doors, which Twilio has not: be a handset, arm faults, count what arrived.

For the phone simulator, tests and benchmarks; loopback only, so nobody is asked who they are.
"""

from __future__ import annotations

from typing import Any, TypeVar

from flask import Blueprint, Response, request
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, ValidationError
from werkzeug.exceptions import BadRequest

from webhooks.standin.faults import Faults, FaultSpec
from webhooks.standin.forms import handset_document
from webhooks.standin.outgoing import Order, Outgoing
from webhooks.standin.state import State
from webhooks.standin.wire import answer, refusal

M = TypeVar("M", bound=BaseModel)


class _Spec(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Picture(_Spec):
    """A file that the handset sends and the stand-in keeps. `content_type` is what the phone says it is."""

    data: Base64Bytes
    content_type: str = "image/jpeg"


class HandsetText(_Spec):
    """A customer's phone texts one of our numbers. `copies`: how often the webhook is posted (0: it gets lost).
    `advanced`: Advanced Opt-Out is on, so keywords carry OptOutType (R54)."""

    from_: str = Field(alias="from")
    to: str
    body: str = ""
    media_urls: list[str] = Field(default_factory=list, max_length=10)
    pictures: list[Picture] = Field(default_factory=list, max_length=10)
    copies: int = Field(1, ge=0, le=100)
    advanced: bool = False


class HandsetCall(_Spec):
    """A customer's phone calls one of our numbers."""

    from_: str = Field(alias="from")
    to: str


class OwnNumber(_Spec):
    """A number that an account has, in a Messaging Service or not."""

    number: str
    account: str
    messaging_service: str | None = None


class ReportChange(_Spec):
    """How status reports are sent from now on; what is left out stays."""

    on: bool | None = None
    order: Order | None = None
    copies: int | None = Field(None, ge=1, le=100)
    delay_seconds: float | None = Field(None, ge=0, le=60)
    seed: int | None = None


def control_blueprint(state: State, outgoing: Outgoing, faults: Faults) -> Blueprint:
    """The routes under /standin."""
    doors = Blueprint("control", __name__, url_prefix="/standin")

    @doors.post("/handset")
    def handset() -> Response:
        spec = _read(HandsetText)
        done = state.from_handset(spec.from_, spec.to, spec.body, tuple(spec.media_urls))
        if done is None:
            return refusal(404, 21606, "no account has this number; register it at /standin/numbers")
        text, keyword = done
        for picture in spec.pictures:
            state.keep_file(text, request.host_url, picture.content_type, picture.data)
        lost = faults.draw(spec.from_, "handset") is not None
        posts = [
            outgoing.inbound(
                text, opt_out_type=keyword if spec.advanced else None, idempotency_token=text.sid
            )
            for _ in range(0 if lost else spec.copies)
        ]
        status, body = posts[-1] if posts else (0, "not posted")
        return answer(
            {"sid": text.sid, "status": status, "body": body, "statuses": [code for code, _ in posts]}
        )

    @doors.post("/calls")
    def call() -> Response:
        spec = _read(HandsetCall)
        number = state.number(spec.to)
        if number is None:
            return refusal(404, 21606, "no account has this number; register it at /standin/numbers")
        status, body = outgoing.call(number.account, spec.from_, spec.to)
        return answer({"status": status, "body": body})

    @doors.get("/store/<sid>")
    def stored(sid: str) -> Response:
        """Where a picture's address redirects to: open to whoever knows it, as Twilio's store is."""
        file = state.file(sid)
        return Response(file.data, mimetype=file.content_type) if file else refusal(404, 20404, "Not Found")

    @doors.get("/handsets/<number>")
    def of_handset(number: str) -> Response:
        after = request.args.get("after", 0, int)
        return answer(
            {"texts": [handset_document(text) for text in state.of_phone(number) if text.seq > after]}
        )

    @doors.get("/texts")
    def texts() -> Response:
        after, limit = request.args.get("after", 0, int), request.args.get("limit", 1000, int)
        return answer({"texts": [handset_document(text) for text in state.after(after, limit)]})

    @doors.get("/counts")
    def counts() -> Response:
        return answer(
            {**state.counts(), "reports_pending": outgoing.pending, "failed_posts": outgoing.failed_posts}
        )

    @doors.post("/numbers")
    def numbers() -> Response:
        spec = _read(OwnNumber)
        if spec.account not in state.accounts:
            return refusal(404, 20404, "no such account")
        number = state.own(spec.number, spec.account, spec.messaging_service)
        return answer({"sid": number.sid}, 201)

    @doors.route("/faults", methods=["GET", "POST", "DELETE"])
    def armed() -> Response:
        if request.method == "POST":
            faults.arm(_read(FaultSpec))
        elif request.method == "DELETE":
            faults.clear()
        return answer({"faults": faults.listed()})

    @doors.post("/reports")
    def reports() -> Response:
        rules = outgoing.change(**_read(ReportChange).model_dump(exclude_none=True))
        return answer(
            {"on": rules.on, "order": rules.order, "copies": rules.copies, "delay": rules.delay_seconds}
        )

    @doors.delete("/state")
    def clear() -> Response:
        state.clear()
        faults.clear()
        return answer({})

    @doors.get("/health")
    def health() -> Response:
        return answer({"live": True})

    return doors


def _read(model: type[M]) -> M:
    given: Any = request.get_json(silent=True)
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise BadRequest(str(error)) from error
