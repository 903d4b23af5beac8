"""What scripts share, whatever they do.

command_line    flags, their checks, and how a script ends
messages        the wording of errors and of printed tables
files           files that survive a crash
workers         worker processes
terminal        a terminal for chatting
"""
