"""The application. Only `app.ui` knows Qt; nothing here imports torch."""
