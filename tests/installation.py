"""The installation under test, as its environment describes it: for this process and for those that it starts."""

from pathlib import Path


def environment(database_url: str, redis_url: str, var_dir: Path, **changes: str) -> dict[str, str]:
    """The variables of an installation; `changes` are further ones, without their prefix."""
    values = {
        "ENVIRONMENT": "test",
        "VAR_DIR": str(var_dir),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEYS": "test-key-that-is-long-enough-to-sign-with",
        "ADDRESS_PEPPER": "test-pepper-that-is-long-enough-too",
        "PUBLIC_URL": "http://localhost:8000",
        "SMTP_URL": "smtp://127.0.0.1:1025",
        "STATEMENTS_FROM": "Open Doors International <news@opendoors.example>",
        "SERVICE_FROM": "Open Doors International <hello@mail.opendoors.example>",
        "ORGANISATION": "Open Doors International",
        "POSTAL_ADDRESS": "12 Ramp Street\\nExampleton EX1 2AB",
        "CONTACT_EMAIL": "office@opendoors.example",
        "SUBJECT_MATTER": "the rights of disabled people",
        "SUBJECT_MATTER_IN": "fr=les droits des personnes handicapées; ar=حقوق الأشخاص ذوي الإعاقة",
        "LANGUAGES": "en,fr,de,es,ar",
        "RETURN_PAGES": "https://opendoors.example/thanks",
        "EMBED_ORIGINS": "https://opendoors.example",
        "UNDO_SECONDS": "0",
        "SIGNUP_LIMITS": "form_seconds=0 dns=0",
        **changes,
    }
    return {f"COMMUNIQUE_{name}": value for name, value in values.items()}
