"""What stands beside code of the user's in a process of its own, and nothing else of the suite does.

The modules here are loaded under a name that no project has, and import each other relatively: a project's own
``conformance``, ``strategies``, ``reports`` or ``tests`` is what its code gets. See :mod:`conformance.child.start`.
"""
