package envelope

import (
	"context"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"runtime/metrics"
	"testing"
)

// largeFile is a sparse file of that size.
func largeFile(t testing.TB, size int64) diskFreight {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gross.bin")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	return diskFreight{path, size}
}

// largeDraft is a letter with one large part whose digest is known.
func largeDraft(t testing.TB, file diskFreight) *Draft {
	t.Helper()
	d := storeDraft(t)
	d.Certificates = Certificates{loadPeople(t).in(CipherAddressee)}
	a := attach("gross.bin", nil)
	a.Freight = file
	r, err := file.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		t.Fatal(err)
	}
	h.Sum(a.SHA256[:0])
	d.Attachments = []Attachment{a}
	return d
}

// watchedFile notes the largest heap at each of its writes.
type watchedFile struct {
	ScratchFile
	peak *uint64
}

func (w watchedFile) Write(p []byte) (int, error) {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	*w.peak = max(*w.peak, sample[0].Value.Uint64())
	return w.ScratchFile.Write(p)
}

// sealAndOpen sends a large letter through files.
func sealAndOpen(t testing.TB, d *Draft, options SealOptions, scratch Scratch) {
	t.Helper()
	options.Rand = randomReader{}
	parcel, err := d.Seal(options)
	if err != nil {
		t.Fatal(err)
	}
	body, err := scratch()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parcel.WriteTo(body); err != nil {
		t.Fatal(err)
	}
	o := testOpener(t)
	o.Scratch = scratch
	m, err := o.Open(context.Background(), Sealed{Body: body})
	if err != nil {
		t.Fatal(err)
	}
	if !m.Signature.Complete() {
		t.Errorf("not complete: %v %v", m.Signature.Err, m.Signature.Uncovered)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

// removedScratches are files that are gone when they are closed.
func removedScratches(t testing.TB) Scratch {
	dir := t.TempDir()
	return func() (ScratchFile, error) {
		f, err := os.CreateTemp(dir, "scratch")
		if err != nil {
			return nil, err
		}
		return removedFile{&diskScratch{File: f}}, nil
	}
}

type removedFile struct{ *diskScratch }

func (r removedFile) Close() error {
	defer os.Remove(r.Name())
	return r.File.Close()
}

// TestLettersNeedConstantMemory seals and opens 64 MiB in each form. All that
// is ever allocated on the way stays far below it.
func TestLettersNeedConstantMemory(t *testing.T) {
	const most = 16 << 20
	file := largeFile(t, 64<<20)
	d := largeDraft(t, file)
	encoded := *d
	encoded.Attachments = []Attachment{d.Attachments[0]}
	encoded.Attachments[0].Base64 = true
	signer := signerNamed(t, "alice-signature", "", "")
	for name, c := range map[string]struct {
		draft   *Draft
		options SealOptions
	}{
		"plain":          {d, SealOptions{Signer: signer}},
		"encrypted":      {d, SealOptions{Signer: signer, Encryption: encryptions(t)[1]}},
		"base64 cipher":  {d, SealOptions{Signer: signer, Encryption: encryptions(t)[3]}},
		"CBC":            {d, SealOptions{Signer: signer, Encryption: encryptions(t)[4]}},
		"base64 part":    {&encoded, SealOptions{Signer: signer}},
		"another digest": {d, SealOptions{Signer: signerNamed(t, "alice-signature", nsMore+"rsa-sha512", NSXEnc+"sha512")}},
	} {
		t.Run(name, func(t *testing.T) {
			scratch := removedScratches(t)
			if n := allocated(func() { sealAndOpen(t, c.draft, c.options, scratch) }); n > most {
				t.Errorf("allocated %d octets", n)
			}
		})
	}
}

// BenchmarkLargeLetter seals and opens a letter of 200 MiB, encrypted and
// signed, and reports the largest heap on the way.
func BenchmarkLargeLetter(b *testing.B) {
	const size = 200 << 20
	d := largeDraft(b, largeFile(b, size))
	options := SealOptions{Signer: signerNamed(b, "alice-signature", "", ""), Encryption: encryptions(b)[1]}
	var peak uint64
	scratch := removedScratches(b)
	watched := func() (ScratchFile, error) {
		f, err := scratch()
		return watchedFile{f, &peak}, err
	}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		sealAndOpen(b, d, options, watched)
	}
	b.ReportMetric(float64(peak)/(1<<20), "MiB-peak-heap")
}
