"""The program as a server of the Model Context Protocol, for other assistants."""
