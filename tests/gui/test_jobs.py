"""Background work: ordered words, answered cancels, errors that arrive in the GUI thread."""

from __future__ import annotations

import threading

import pytest

from gui.jobs import MAILBOX, Jobs


@pytest.fixture
def jobs(qtbot):
    jobs = Jobs()
    yield jobs
    assert jobs.close()
    assert not jobs._timer.isActive()


def test_that_events_come_in_order_in_the_gui_thread_and_the_result_last(qtbot, jobs) -> None:
    heard: list[object] = []

    def work(control):
        for i in range(5 * MAILBOX):
            control.send(i)
        return "end"

    job = jobs.start("count", work, event=lambda e: heard.append((e, threading.current_thread())), done=heard.append)
    with qtbot.waitSignal(job.ended, timeout=5000):
        pass
    assert [h[0] for h in heard[:-1]] == list(range(5 * MAILBOX))
    assert {h[1] for h in heard[:-1]} == {threading.main_thread()}
    assert heard[-1] == "end"


def test_that_a_cancelled_job_is_heard_no_more(qtbot, jobs) -> None:
    go, heard = threading.Event(), []

    def work(control):
        while True:
            control.progress("on")
            go.wait(0.01)

    job = jobs.start("for ever", work, done=heard.append)
    job.cancelled.connect(lambda: heard.append("cancelled"))
    qtbot.waitUntil(lambda: job.stage == "on")
    job.cancel()
    assert heard == ["cancelled"]
    qtbot.waitUntil(lambda: not any(t.is_alive() for t in jobs._threads), timeout=1000)
    assert heard == ["cancelled"]


def test_that_a_full_mailbox_does_not_hold_a_cancelled_worker(qtbot, jobs) -> None:
    def work(control):
        while True:
            control.send("word")

    job = jobs.start("talker", work)
    job.cancel()
    qtbot.waitUntil(lambda: not any(t.is_alive() for t in jobs._threads), timeout=1000)


def test_that_an_error_in_the_work_reaches_its_hearer(qtbot, jobs) -> None:
    heard = []

    def work(control):
        raise ValueError("no")

    job = jobs.start("wrong", work, failed=heard.append)
    with qtbot.waitSignal(job.ended, timeout=2000):
        pass
    assert isinstance(heard[0], ValueError)


def test_that_the_timer_rests_when_no_job_runs(qtbot, jobs) -> None:
    jobs.start("short", lambda control: None)
    qtbot.waitUntil(lambda: not jobs._timer.isActive(), timeout=2000)


def test_that_closing_ends_though_a_job_is_begun_anew_whenever_it_ends(qtbot, jobs) -> None:
    begun = []

    def again() -> None:
        begun.append(jobs.start("again", lambda control: control.check()))
        begun[-1].ended.connect(again)

    def work(control):
        while True:
            control.check()

    jobs.start("first", work).ended.connect(again)
    assert jobs.close()
    assert len(begun) == 1
    assert begun[0].is_over
    assert not jobs.running
