package webhook

// Redacted stands in shown and exported headers for a value that was kept
// back. What carries it cannot be verified, nor sent again as it was.
const Redacted = "[redacted]"
