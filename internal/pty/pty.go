// Package pty gives tests a terminal to run on, where the system has
// pseudo-terminals that are opened as Linux opens them. Only tests import it.
package pty
