package store

import (
	"reflect"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/whk-cli/whk/internal/webhook"
)

// diff compares two deliveries; an empty list and none are the same.
func diff(want, got *webhook.Delivery) string {
	if reflect.DeepEqual(want, got) { // much quicker
		return ""
	}
	return cmp.Diff(want, got, cmpopts.EquateEmpty())
}
