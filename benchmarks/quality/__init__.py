"""What people meet, in numbers, on this machine: `make quality`.

    served      Cairn as it is deployed, with the demo people
    weight      how much the first Today weighs, and in how many requests
    phone       Today on an old phone with a poor connection
    pages       axe, HTML checkers and the console on every page there is
    lighthouse  Lighthouse on nine screens, and its check of installed apps
    offline     the tests without a network, ten times
    engines     the heart of them in WebKitGTK and Firefox
    table       what was asked for, what was measured

Medians of five. A goal that is not reached is said not to be reached; nothing here is a test.
"""
