package interop

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"io"
	"net/http"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"poststelle/envelope"
	"poststelle/envelope/client"
	"poststelle/envelope/xmlenc"
	"poststelle/mailbox"
	"poststelle/signature"
)

// BenchmarkStoreDelivery stores letters of 16 KiB through the whole office
// over HTTP, each one encrypted and signed and synced to disk before its
// answer, and measures beside it, in the same run, how many times the private
// key operations of one exchange alone can be done: decrypting the content key
// and signing the answer, before and after. "ceiling/s" is that number, "ratio"
// what part of it the office reaches; the limit is 0.6. "cpu-ratio" compares
// processor time instead of time, HTTP client included: it says the same where
// other processes use the machine as well.
func BenchmarkStoreDelivery(b *testing.B) {
	for _, c := range []struct{ name, cipher, signer string }{
		{"RSA-2048", "intermediary-cipher-2048", ""},
		{"RSA-3072", "intermediary-cipher", ""},
		{"RSA-4096", "intermediary-cipher-4096", ""},
		{"RSA-2048-answer-P-256", "intermediary-cipher-2048", "alice-signature-ec"},
	} {
		b.Run(c.name, func(b *testing.B) { benchmarkStore(b, c.cipher, c.signer) })
	}
}

func benchmarkStore(b *testing.B, cipher, signerName string) {
	key := cipherKey(b, cipher)
	answering := &signature.Signer{Key: key.Key.(crypto.Signer), Certificate: key.Certificate}
	if signerName != "" {
		answering = signer(b, signerName)
	}
	post := startOffice(b, lenient, func(o *officeOptions) { o.office.Signer = answering })
	letters := prepareLetters(b, post, key.Certificate, b.N)
	before, cpuBefore := cryptoCeiling(b, key, answering)
	senders := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	var next atomic.Int64
	b.SetParallelism(16)
	spent := cpuTime(b)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			storeOne(b, senders, post.url, letters[next.Add(1)-1])
		}
	})
	b.StopTimer()
	spent = cpuTime(b) - spent
	rate := float64(b.N) / b.Elapsed().Seconds()
	wantStored(b, post, b.N)
	after, cpuAfter := cryptoCeiling(b, key, answering)
	ceiling := (before + after) / 2
	b.ReportMetric(rate, "stores/s")
	b.ReportMetric(ceiling, "ceiling/s")
	b.ReportMetric(rate/ceiling, "ratio")
	cpu := (cpuBefore + cpuAfter).Seconds() / 2
	b.ReportMetric(cpu/(spent.Seconds()/float64(b.N)), "cpu-ratio")
}

// storeOne sends prepared octets and reads the answer, which is encrypted for
// the sender: that it is a success is checked after the run by the store.
func storeOne(b *testing.B, senders *http.Client, url string, letter []byte) {
	response, err := senders.Post(url, "text/xml", bytes.NewReader(letter))
	if err != nil {
		b.Error(err)
		return
	}
	defer response.Body.Close()
	if n, err := io.Copy(io.Discard, response.Body); err != nil || n < 3000 {
		b.Errorf("answer of %d octets: %v", n, err)
	}
}

// prepareLetters seals n letters before the clock runs.
func prepareLetters(b *testing.B, post *office, to *signature.Certificate, n int) [][]byte {
	ids := newClient(b, post, "alice", func(o *client.Options) { o.Plain, o.Unsigned = true, true })
	bob := certificate(b, "bob-cipher")
	letters := make([][]byte, n)
	for i := range letters {
		letters[i] = sealedStore(b, post, ids, "alice", bob, to, 16<<10)
	}
	return letters
}

// wantStored demands that every letter of the run is in the mailbox.
func wantStored(b *testing.B, post *office, n int) {
	address := mailbox.AddressOf(certificate(b, "bob-cipher"))
	cards, more, err := post.store.Cards(context.Background(), mailbox.CardQuery{Party: mailbox.Party{Cipher: address}})
	check(b, err)
	if len(cards) != min(n, 1000) || more != (n > 1000) {
		b.Fatalf("%d cards (more: %v) of %d letters", len(cards), more, n)
	}
}

// cryptoCeiling is how many exchanges a second the private keys alone allow,
// on as many processors as the office has.
// It gives the processor time of one, too.
func cryptoCeiling(b *testing.B, key envelope.CipherKey, answering *signature.Signer) (perSecond float64, cpu time.Duration) {
	public := key.Certificate.PublicKey().(*rsa.PublicKey)
	contentKey, err := xmlenc.NewKey(xmlenc.DefaultMethod(), rand.Reader)
	check(b, err)
	wrapped, err := xmlenc.WrapKey(public, xmlenc.DefaultKeyTransport(), contentKey, rand.Reader)
	check(b, err)
	sum := sha256.Sum256([]byte("answer"))
	var done atomic.Int64
	start, spent := time.Now(), cpuTime(b)
	group := errgroup.Group{}
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error {
			for time.Since(start) < ceilingTime {
				if _, err := xmlenc.UnwrapKey(key.Key, xmlenc.DefaultKeyTransport(), wrapped, xmlenc.DefaultMethod(), rand.Reader); err != nil {
					return err
				}
				if _, err := answering.Key.Sign(rand.Reader, sum[:], crypto.SHA256); err != nil {
					return err
				}
				done.Add(1)
			}
			return nil
		})
	}
	check(b, group.Wait())
	perSecond = float64(done.Load()) / time.Since(start).Seconds()
	return perSecond, (cpuTime(b) - spent) / time.Duration(done.Load())
}

// cpuTime is what this process has used so far.
func cpuTime(b *testing.B) time.Duration {
	var used unix.Rusage
	check(b, unix.Getrusage(unix.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// ceilingTime is how long the ceiling is measured.
const ceilingTime = 2 * time.Second
