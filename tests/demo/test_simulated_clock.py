from streams.demo.simulated_clock import SimulatedClock


def test_event_time_runs_as_many_times_as_fast() -> None:
    pace = SimulatedClock(start=1_000, speed=500, wall=10.0)
    assert [pace.reached(wall) for wall in (10.0, 10.5, 12.0)] == [1_000, 1_250, 2_000]


def test_it_stands_still_while_it_is_stopped() -> None:
    pace = SimulatedClock(start=0, speed=100, wall=0.0)
    pace.reached(1.0)
    pace.stopped(until=5.0)
    assert pace.reached(6.0) == 200


def test_it_never_goes_back() -> None:
    pace = SimulatedClock(start=0, speed=100, wall=0.0)
    pace.reached(2.0)
    assert pace.reached(1.0) == 200
    assert pace.reached(2.0) == 200
