"""What scripts share, whatever they do.

command_line    flags, their checks, and how a script ends
messages        the wording of errors and of printed tables
memory          running out of memory: how it is noticed, and what the user can do
files           files that survive a crash
text_files      text files in any Unicode encoding, plain or compressed
piped_lines     the lines of a pipe, as they arrive
appended_lines  the lines of a file that another process appends to
workers         worker processes
terminal        a terminal for chatting
"""
