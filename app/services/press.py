"""What turns statements into mail: settings, and the links, imprint and return paths that follow from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app.dkim_key import DkimKey
from app.links import Links
from app.mail import echoes
from app.mail.branding import Branding
from app.mail.verp import Verp
from app.services import languages
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Press:
    """The press of an installation; `footers` are the words at the foot by language, else those of `branding` stand."""

    settings: Settings
    links: Links
    branding: Branding
    verp: Verp
    footers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_settings(cls, settings: Settings) -> "Press":
        """Set up the press as the installation decides."""
        links = Links.from_settings(settings)
        branding = Branding.from_settings(settings)
        if not branding.privacy_url:
            branding = replace(branding, privacy_url=links.privacy())
        return cls(settings, links, branding, Verp(settings.signing_keys))

    def branding_in(self, language: str) -> Branding:
        """The imprint of mails in this language."""
        for tag in languages.related(language, self.footers):
            return replace(self.branding, footer_text=self.footers[tag])
        return self.branding

    @property
    def echoes(self) -> tuple[str, ...]:
        """The fields of each mail that sending services repeat, of those services that report to us."""
        reporting = {echoes.POSTMARK: self.settings.hook_postmark, echoes.BREVO: self.settings.hook_brevo}
        return tuple(name for name, secret in reporting.items() if secret.get_secret_value())

    def keys_for(self, sender_domain: str) -> tuple[DkimKey, ...]:
        """The DKIM keys that may sign for this domain of From."""
        return tuple(key for key in self.settings.dkim if key.speaks_for(sender_domain))
