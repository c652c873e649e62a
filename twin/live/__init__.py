"""Live sensors: feeds, the latest values, history, alerts, one clock. Words of OGC SensorThings.

How a window uses it:

    hub = Hub()
    hub.set_city(city)                   # its "sensors" layer is on the board at once, hollow until something comes
    hub.start_demo()                     # or start_replay(path, rate=60), start_mqtt(host, port); all return at once
    update = hub.drain()                 # from a QTimer of 2 to 10 Hz that runs only while hub.running (0 % CPU otherwise)
    update.mode, update.said             # badge: "LIVE", "REPLAY" or ""; words beside it: "simulated feed", "recording, 60 x"
    layer.show(update.snapshot)          # layers.sensors.SensorLayer, when update.changed
    hub.clock.seek(t) / pause() / ...    # the timeline drives a replay; a real clock ignores it
    hub.rain()                           # MeasuredRain | None; .flood_params() starts a cloudburst scenario
    hub.stop() ; hub.close()             # threads end within a second

gui.panels.sensors.SensorsPanel does all of this with its own hub and timer: a window connects its signals. Feeds work
in threads of their own and hand readings to a bounded inbox; the hub's thread tests them (QARTOD flags), keeps them in
SQLite and looks at the alert rules; `drain` only copies arrays under a lock and never waits for any of that.
"""
