"""Calls that are made before their results are needed."""

import threading

import pytest

from crowdarrow.ahead import Call, each_ahead


def test_a_call_runs_on_another_thread_and_gives_its_result_again() -> None:
    call = Call(threading.current_thread)
    assert call.result() is not threading.current_thread()
    assert call.result() is call.result()
    assert call.error() is None


def test_the_error_of_a_call_is_raised() -> None:
    call = Call(int, "x")
    assert isinstance(call.error(), ValueError)
    with pytest.raises(ValueError, match="invalid literal"):
        call.result()


def test_results_come_in_order_while_the_next_is_computed() -> None:
    begun = [threading.Event() for _ in range(4)]

    def square(number: int) -> int:
        begun[number].set()
        return number * number

    for number, result in enumerate(each_ahead(square, range(4))):
        assert result == number * number
        assert begun[min(number + 1, 3)].wait(10)


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
