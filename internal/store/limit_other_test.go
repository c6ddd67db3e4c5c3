//go:build !linux && !darwin

package store

import "errors"

func writeUnderLimit(string, []string) error { return errors.ErrUnsupported }
