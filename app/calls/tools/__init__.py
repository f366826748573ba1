"""Tools: what the assistant can have done in a call. Each answers with a sentence, and what is wrong is one, too.

`service/` has a module for each tool and `running`, which carries calls of them out: each in a transaction of its own,
once only, in time.
"""
