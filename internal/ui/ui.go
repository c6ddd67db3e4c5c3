// Package ui is all that whk says to a person or a program: its streams, its
// colours, and the printers of deliveries, tables, JSON and errors.
//
// What whk shows was mostly written by strangers. [Safe] and [SafeBody] make
// such text harmless to a terminal, and every printer of this package passes
// what it is given through them; a caller hands over raw text and never
// escapes it first.
package ui
