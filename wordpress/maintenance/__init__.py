"""The maintenance command: works on one site from outside of WordPress, as a task of the image or as a process.

Every command looks before it acts. It may be killed anywhere and run again, and then ends as if it had never been killed.
"""
