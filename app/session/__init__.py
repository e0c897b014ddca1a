"""What the program does: commands with undo, jobs in the background, the separating child process. Plain Python."""
