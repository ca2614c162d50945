package envelope

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEveryResponseHasItsFeedback: a kind that is forgotten would be answered
// with nothing.
func TestEveryResponseHasItsFeedback(t *testing.T) {
	for _, kind := range Kinds() {
		order := exampleDraft(t, kind).Order
		feedback, ok := FeedbackOf(order)
		if ok == kind.IsRequest() {
			t.Errorf("%s: feedback %v", kind, ok)
		}
		if !ok {
			continue
		}
		want := reflect.ValueOf(order).FieldByName("Feedback").Interface()
		if d := cmp.Diff(want, any(feedback)); d != "" || len(feedback) == 0 {
			t.Errorf("%s: %s", kind, d)
		}
	}
}
