package envelope

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"
)

// TestOpenGivesFaultsAsErrors: a client meets them where it expects a response.
func TestOpenGivesFaultsAsErrors(t *testing.T) {
	parcel, err := NewFault(CodeDialogWrong, []string{"en"}).Parcel(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	file, _ := newContentScratch()
	if _, err := parcel.WriteTo(file); err != nil {
		t.Fatal(err)
	}
	o := &Opener{Scratch: newContentScratch, Now: time.Now, Rand: rand.Reader}
	_, err = o.Open(context.Background(), Sealed{Body: file})
	var fault *Fault
	if !errors.As(err, &fault) || fault.Code != CodeDialogWrong || fault.Text != CodeDialogWrong.Text("en") {
		t.Fatalf("error %v, want fault 9400", err)
	}
	if !errors.Is(err, ErrKind) {
		t.Errorf("error %v does not wrap ErrKind: an office would take a fault sent to it for trouble of its own", err)
	}
	if !bytes.Contains(file.(*contentScratch).Bytes(), []byte("9400")) {
		t.Error("the fault does not carry its code")
	}
}
