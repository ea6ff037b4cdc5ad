"""The suites: what is sent, in which state, and what must hold, by requirement.

Run them by ``conformance run TARGET`` or by ``pytest --pyargs conformance.suites --conformance-target=TARGET``. A test
sends when it runs; all that comes back is judged in full, and the test fails by what was found meanwhile.
"""
