"""Header fields whose value a sending service repeats in its reports, for those that write a Message-ID of their own.

The value is the key of the message. Other mail servers take no notice of them.
"""

POSTMARK_NAME = "message"
POSTMARK, BREVO = f"X-PM-Metadata-{POSTMARK_NAME}", "X-Mailin-custom"
