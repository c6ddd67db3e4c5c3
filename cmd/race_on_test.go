//go:build race

package cmd_test

// raceDetector is on: what runs takes ten times as long.
const raceDetector = true
