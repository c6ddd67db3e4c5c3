package webhook

// Redacted replaces a hidden value in shown and exported headers. A delivery
// with it cannot be verified, nor sent again as it was.
const Redacted = "[redacted]"
