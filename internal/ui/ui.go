// Package ui is whk's output to people and programs: its streams, its colours,
// and the printers of deliveries, tables, JSON and errors.
//
// What whk shows was mostly written by strangers. [Safe] and [SafeBody] make
// such text harmless to a terminal, and every printer of this package passes
// its input through them; callers give raw text and never escape it first.
package ui
