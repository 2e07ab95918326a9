"""What becomes of a message: each outcome of a consumer's function, seen on the queue and its dead letters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.batch_consumer.consumer import Consumer, Delivery, consumer
from runtime.batch_consumer.message import QueueMessage
from runtime.batch_consumer.outcomes import BusinessFault, DeadLetter, NotYet, Retry
from runtime.batch_consumer.schedule import backoff
from tests.runtime.batch_consumer.queues import SOURCE, QueuePorts, body, deliver
from tests.runtime.conftest import Log


class Greeting(QueueMessage):
    """A message of the tests' own."""

    name: str


Act = Callable[[Greeting, Delivery], None]


class Recorder:
    """A consumer that keeps what it was given and does what ``acts`` says for a message's name."""

    def __init__(self, **acts: Act | Exception) -> None:
        self.calls: list[tuple[Greeting, Delivery]] = []
        self._acts = acts

        @consumer(model=Greeting, seconds=20)
        def greet(message: Greeting, delivery: Delivery) -> None:
            self.calls.append((message, delivery))
            act = self._acts.get(message.name)
            if isinstance(act, Exception):
                raise act
            if act:
                act(message, delivery)

        self.consumer: Consumer[Greeting, Any] = greet

    @property
    def names(self) -> list[str]:
        return [message.name for message, _ in self.calls]


@pytest.fixture
def ports() -> QueuePorts:
    return QueuePorts()


def sent(ports: QueuePorts, name: str = "ada", **attributes: str) -> None:
    ports.queue.send(body(name=name), attributes, delay=0)


def gap(ports: QueuePorts) -> float:
    """The seconds until the only message of the queue can be received again."""
    (letter,) = ports.queue.letters
    return (letter.visible_at - ports.now()).total_seconds()


def work_through(recorder: Recorder, ports: QueuePorts, *, hours: int = 2) -> list[float]:
    """Let time pass until nothing is left on the queue; the seconds between the receives."""
    gaps: list[float] = []
    while ports.queue.letters:
        wait = min(letter.visible_at for letter in ports.queue.letters) - ports.now()
        if recorder.calls:
            gaps.append(max(0.0, wait.total_seconds()))
        ports.move(seconds=max(0.0, wait.total_seconds()))
        deliver(recorder.consumer, ports)
        assert sum(gaps) < timedelta(hours=hours).total_seconds(), "it goes on for ever"
    return gaps


def test_a_message_is_parsed_and_given_to_the_function_with_what_its_queue_says_of_it(ports: QueuePorts) -> None:
    recorder = Recorder()
    sent(ports, deadLetterRun="3")

    deliver(recorder.consumer, ports, remaining=140)

    ((message, delivery),) = recorder.calls
    assert (message.name, message.message_type, message.correlation_id) == ("ada", "TEST", "correlation-1")
    assert (delivery.receive_count, delivery.attributes, delivery.source) == (1, {"deadLetterRun": "3"}, SOURCE)
    assert delivery.remaining_seconds() == 140
    assert delivery.ports is ports


def test_what_is_done_is_off_the_queue(ports: QueuePorts) -> None:
    sent(ports)

    deliver(Recorder().consumer, ports)

    assert (ports.queue.letters, ports.queue.dead) == ([], [])


def test_a_business_fault_is_off_the_queue_at_once_and_logged_with_its_reason(ports: QueuePorts, log: Log) -> None:
    sent(ports)

    deliver(Recorder(ada=BusinessFault("The subdomain is taken.")).consumer, ports)

    assert (ports.queue.letters, ports.queue.dead) == ([], [])
    assert [line["reason"] for line in log.lines if "reason" in line] == ["The subdomain is taken."]


def test_three_bad_records_among_ten_harm_no_neighbour(ports: QueuePorts) -> None:
    recorder = Recorder(unexpected=RuntimeError("boom"), business=BusinessFault("no"))
    for name in ("a", "unexpected", "b", "c", "business", "d", "e"):
        sent(ports, name)
    ports.queue.send("{not json", {}, delay=0)
    for name in ("f", "g"):
        sent(ports, name)

    deliver(recorder.consumer, ports)

    assert recorder.names == ["a", "unexpected", "b", "c", "business", "d", "e", "f", "g"]
    assert [letter.record["body"] for letter in ports.queue.letters] == [body(name="unexpected")]
    assert [letter.body for letter in ports.queue.dead] == ["{not json"]


def test_a_batch_in_which_all_fail_is_answered_record_by_record(ports: QueuePorts) -> None:
    for _ in range(3):
        sent(ports)

    deliver(Recorder(ada=RuntimeError("boom")).consumer, ports)

    assert [letter.receives for letter in ports.queue.letters] == [1, 1, 1]


def test_an_unexpected_fault_comes_back_twice_in_growing_gaps_and_then_is_a_dead_letter(ports: QueuePorts) -> None:
    recorder = Recorder(ada=RuntimeError("boom"))
    sent(ports, correlation="kept")

    first, second = work_through(recorder, ports)

    assert 48 <= first <= 72
    assert 96 <= second <= 144
    assert [delivery.receive_count for _, delivery in recorder.calls] == [1, 2, 3]
    (letter,) = ports.queue.dead
    assert not letter.redriven
    assert letter.body == body(name="ada")
    assert letter.attributes == {
        "correlation": "kept",
        "deadLetterReason": "RuntimeError: boom",
        "deadLetterAt": ports.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "deadLetterSource": SOURCE,
    }


def test_a_fault_that_passes_is_healed_by_the_next_receive(ports: QueuePorts) -> None:
    def second_time_lucky(_: Greeting, delivery: Delivery) -> None:
        if delivery.receive_count == 1:
            raise RuntimeError("boom")

    recorder = Recorder(ada=second_time_lucky)
    sent(ports)

    work_through(recorder, ports)

    assert len(recorder.calls) == 2
    assert ports.queue.dead == []


@pytest.mark.parametrize(("attempt", "least", "most"), [(1, 48, 72), (2, 96, 144), (3, 192, 288), (9, 900, 900)])
def test_a_function_that_counts_for_itself_is_given_the_gap_of_its_attempt(
    ports: QueuePorts, attempt: int, least: float, most: float
) -> None:
    sent(ports)

    deliver(Recorder(ada=Retry(attempt)).consumer, ports)

    assert least <= gap(ports) <= most


def test_a_function_that_counts_for_itself_is_not_stopped_by_the_number_of_receives(ports: QueuePorts) -> None:
    runs = iter([Retry(1), Retry(1), Retry(2), Retry(3), None])

    def run(_: Greeting, __: Delivery) -> None:
        if fault := next(runs):
            raise fault

    recorder = Recorder(ada=run)
    sent(ports, deadLetterRun="1")

    gaps = work_through(recorder, ports)

    assert [delivery.receive_count for _, delivery in recorder.calls] == [1, 2, 3, 1, 2]
    assert [delivery.attributes for _, delivery in recorder.calls] == [{"deadLetterRun": "1"}] * 5
    assert 96 <= gaps[2] <= 144
    assert ports.queue.dead == []


@pytest.mark.parametrize(("wanted", "given"), [(0, 0), (30, 30), (900, 900), (5000, 900), (-1, 0)])
def test_what_is_not_yet_ready_goes_round_with_its_delay_and_burns_no_receive(
    ports: QueuePorts, wanted: int, given: int
) -> None:
    sent(ports, deadLetterRun="2", other="kept")

    deliver(Recorder(ada=NotYet(wanted)).consumer, ports)

    (copy,) = ports.queue.letters
    assert (copy.body, copy.attributes) == (body(name="ada"), {"deadLetterRun": "2", "other": "kept"})
    assert (copy.receives, gap(ports)) == (0, given)


def test_what_goes_round_often_is_never_a_dead_letter(ports: QueuePorts) -> None:
    waits = iter([*[NotYet(30)] * 20, None])

    def wait(_: Greeting, __: Delivery) -> None:
        if not_yet := next(waits):
            raise not_yet

    recorder = Recorder(ada=wait)
    sent(ports)

    work_through(recorder, ports)

    assert {delivery.receive_count for _, delivery in recorder.calls} == {1}
    assert (len(recorder.calls), ports.queue.dead) == (21, [])


def test_what_is_given_up_is_a_dead_letter_with_its_reason_and_marks(ports: QueuePorts) -> None:
    sent(ports, deadLetterRun="1", deadLetterReason="of an earlier run", other="kept")

    deliver(Recorder(ada=DeadLetter("WordPress never answered.", deadLetterRun="2")).consumer, ports)

    (letter,) = ports.queue.dead
    assert ports.queue.letters == []
    assert letter.attributes == {
        "deadLetterReason": "WordPress never answered.",
        "deadLetterAt": "2026-11-23T09:30:15.250Z",
        "deadLetterSource": SOURCE,
        "deadLetterRun": "2",
        "other": "kept",
    }
    assert list(letter.attributes)[:2] == ["deadLetterReason", "deadLetterAt"]


MALFORMED = {
    "not JSON": ("{private", "Malformed: body: Invalid JSON"),
    "nothing": ("", "Malformed: body: Invalid JSON"),
    "a list": ("[]", "Malformed: body: Input should be an object"),
    "a member missing": (body(), "Malformed: name: Field required"),
    "two members missing": (body(correlationId=None), "Malformed: correlationId: Field required; name: Field required"),
    "a member of another type": (body(name=["private"]), "Malformed: name: Input should be a valid string"),
    "a schema nobody here knows": (body(name="x", schemaVersion=2), "Malformed: schemaVersion: Input should be 1"),
    "a time without its zone": (
        body(name="x", timestamp="2026-11-23T09:30:15"),
        "Malformed: timestamp: Input should have timezone info",
    ),
    "an endless correlation id": (body(name="x", correlationId="private" * 99), "Malformed: correlationId: String should have"),
}


@pytest.mark.parametrize(("text", "reason"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_message_is_a_dead_letter_that_says_what_is_wrong_and_repeats_none_of_it(
    ports: QueuePorts, log: Log, text: str, reason: str
) -> None:
    recorder = Recorder()
    ports.queue.send(text, {"kept": "yes"}, delay=0)

    deliver(recorder.consumer, ports)

    (letter,) = ports.queue.dead
    assert (recorder.calls, ports.queue.letters) == ([], [])
    assert (letter.body, letter.attributes["kept"]) == (text, "yes")
    assert letter.attributes["deadLetterReason"].startswith(reason)
    assert "private" not in letter.attributes["deadLetterReason"] + log.text


def test_what_a_newer_producer_adds_is_ignored(ports: QueuePorts) -> None:
    recorder = Recorder()
    ports.queue.send(body(name="ada", colour="blue"), {}, delay=0)

    deliver(recorder.consumer, ports)

    assert recorder.names == ["ada"]


@pytest.mark.parametrize("left", [0, 24.9])
def test_no_message_is_started_that_cannot_finish_and_that_burns_no_receive(ports: QueuePorts, left: float) -> None:
    recorder = Recorder()
    sent(ports, deadLetterRun="2")

    deliver(recorder.consumer, ports, remaining=left)

    (copy,) = ports.queue.letters
    assert recorder.calls == []
    assert (copy.receives, copy.attributes, gap(ports)) == (0, {"deadLetterRun": "2"}, 0)


def test_the_rest_of_a_batch_goes_round_when_time_runs_out_in_its_midst(ports: QueuePorts) -> None:
    left = iter([60, 40, 24])
    recorder = Recorder()
    for name in ("a", "b", "c"):
        sent(ports, name)

    deliver(recorder.consumer, ports, remaining=lambda: next(left))
    before = recorder.names.copy()
    deliver(recorder.consumer, ports)

    assert (before, recorder.names) == (["a", "b"], ["a", "b", "c"])


@pytest.mark.parametrize("fault", [DeadLetter("given up"), RuntimeError("boom")], ids=["given up", "an unexpected fault"])
def test_when_a_dead_letter_cannot_be_sent_sqs_s_own_redrive_has_the_message(ports: QueuePorts, fault: Exception) -> None:
    sent(ports)
    ports.queue.broken = {"bury"}

    work_through(Recorder(ada=fault), ports)

    (letter,) = ports.queue.dead
    assert letter.redriven


def test_when_a_copy_cannot_be_sent_the_message_itself_comes_back(ports: QueuePorts) -> None:
    waits = iter([NotYet(30), None])

    def wait(_: Greeting, __: Delivery) -> None:
        if not_yet := next(waits):
            raise not_yet

    recorder = Recorder(ada=wait)
    sent(ports)
    ports.queue.broken = {"send"}

    work_through(recorder, ports)

    assert [delivery.receive_count for _, delivery in recorder.calls] == [1, 2]
    assert ports.queue.dead == []


def test_when_the_gap_cannot_be_set_the_message_comes_back_after_the_queue_s_own(ports: QueuePorts) -> None:
    sent(ports)
    ports.queue.broken = {"hide"}

    deliver(Recorder(ada=RuntimeError("boom")).consumer, ports)

    assert gap(ports) == 900


@given(attempt=st.integers(1, 10_000), base=st.integers(0, 3600), random=st.binary(min_size=2, max_size=2))
def test_gaps_double_within_a_fifth_and_never_exceed_what_sqs_delays(attempt: int, base: int, random: bytes) -> None:
    seconds = backoff(attempt, base, lambda size: random[:size])
    exact = base * 2 ** min(attempt - 1, 20)

    assert min(900, round(0.8 * exact)) <= seconds <= min(900, round(1.2 * exact))


def test_messages_that_failed_together_do_not_come_back_together(ports: QueuePorts) -> None:
    ports.drawn = 11_000
    for _ in range(8):
        sent(ports)

    def draw(size: int) -> bytes:
        ports.drawn = ports.drawn * 7 % 0xFFFF
        return ports.drawn.to_bytes(size, "big")

    ports.entropy = draw  # type: ignore[method-assign]
    deliver(Recorder(ada=RuntimeError("boom")).consumer, ports)

    assert len({letter.visible_at for letter in ports.queue.letters}) > 4
