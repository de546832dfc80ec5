"""Calls that are made before their results are needed."""

import threading
import weakref
from collections.abc import Iterator
from contextlib import closing

import pytest

from crowdarrow.ahead import CallThread, each_ahead


@pytest.fixture
def thread() -> Iterator[CallThread[object]]:
    with closing(CallThread[object]()) as made:
        yield made


def test_calls_are_made_in_their_order_on_one_other_thread(thread: CallThread[object]) -> None:
    made: list[int] = []
    for number in range(3):
        thread.send(made.append, number)
        thread.send(threading.get_ident)
    assert threading.get_ident() not in {found for _ in range(6) if (found := thread.receive())}
    assert made == [0, 1, 2]


def test_the_error_of_a_call_is_raised_and_later_calls_are_made(thread: CallThread[object]) -> None:
    for text in ("1", "x", "3"):
        thread.send(int, text)
    assert thread.receive() == 1
    with pytest.raises(ValueError, match="invalid literal"):
        thread.finish()
    assert thread.waiting == 1
    assert thread.receive() == 3


def test_no_more_calls_wait_than_are_let(thread: CallThread[object]) -> None:
    may_end = threading.Event()
    thread.send(int, "1")
    thread.send(may_end.wait, 10)
    thread.finish(1)
    assert thread.waiting == 1
    may_end.set()
    thread.finish()
    assert thread.waiting == 0


def test_nothing_of_a_call_is_kept_once_its_result_is_received(thread: CallThread[object]) -> None:
    class Thing:
        pass

    thing = Thing()
    gone = weakref.ref(thing)
    thread.send(id, thing)
    del thing
    thread.finish()
    thread.send(gone)
    assert thread.receive() is None


def test_calls_that_were_sent_are_made_before_a_thread_ends() -> None:
    thread: CallThread[None] = CallThread()
    made: list[int] = []
    for number in range(4):
        thread.send(made.append, number)
    thread.close()
    assert made == [0, 1, 2, 3]


def test_results_come_in_order_while_the_next_is_computed() -> None:
    begun = [threading.Event() for _ in range(4)]

    def square(number: int) -> int:
        begun[number].set()
        return number * number

    for number, result in enumerate(each_ahead(square, range(4))):
        assert result == number * number
        assert begun[min(number + 1, 3)].wait(10)


def test_two_results_are_computed_at_the_same_time() -> None:
    together = threading.Barrier(2, timeout=10)

    def meets(number: int) -> int:
        together.wait()
        return number

    assert list(each_ahead(meets, range(4))) == [0, 1, 2, 3]


def test_no_call_is_left_running_after_an_error() -> None:
    ended = []

    def fails(number: int) -> int:
        if number == 1:
            raise KeyError(number)
        ended.append(number)
        return number

    results = each_ahead(fails, range(5))
    assert next(results) == 0
    with pytest.raises(KeyError):
        next(results)
    assert ended == [0, 2]
    assert list(results) == []
