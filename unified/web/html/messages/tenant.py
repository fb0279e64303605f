"""Messages of the page of the tenant."""

TENANT: dict[str, str] = {
    "tenant.title": "Tenant",
    "tenant.text": "What people see when they connect an account for you.",
    "tenant.name": "Name",
    "tenant.name.hint": "Shown on the connect pages.",
    "tenant.origins": "Return origins",
    "tenant.origins.hint": "Where the browser may go after an account was connected, one per line, such as "
    "https://app.example.com.",
    "tenant.frames": "Frame ancestors",
    "tenant.frames.hint": "Sites that may show the connect page in a frame, one per line, such as https://app.example.com. "
    "If this is empty, none may.",
    "tenant.accent": "Accent color",
    "tenant.accent.hint": "Of buttons and links, such as #1d5c96. Leave both colors empty for those of Unified.",
    "tenant.background": "Background color",
    "tenant.background.hint": "Of the page, such as #f4f5f7. Text on both colors must be readable (contrast 4.5 to 1).",
    "tenant.save": "Save",
    "tenant.logo": "Logo",
    "tenant.logo.none": "No logo yet; the connect page shows a letter.",
    "tenant.logo.alt": "Logo of {name}",
    "tenant.logo.file": "PNG file",
    "tenant.logo.hint": "At most 256 KiB, and 16 to 1024 pixels wide and high.",
    "tenant.logo.save": "Save the logo",
    "tenant.logo.delete": "Delete the logo",
    "tenant.notice.saved": "Saved.",
    "tenant.notice.logo": "The logo was saved.",
    "tenant.notice.no_logo": "The logo was deleted.",
    "tenant.preview": "Preview",
    "tenant.preview.text": "{name} requests access to one of your accounts",
    "tenant.preview.note": "The preview shows what is saved.",
    "tenant.preview.button": "Connect",
}
