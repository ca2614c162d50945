package interop

import (
	"bufio"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"net"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
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
// answer, and measures beside it, in the same run, how many times the four key
// operations of one exchange alone can be done: decrypting the content key,
// verifying the request, signing the answer and wrapping its key. "ceiling/s"
// is that number, measured before and after; "ratio" is what part of it the
// office reaches; the limit is 0.6. "cpu-ratio" compares processor time instead
// of time, the load included: it says the same where other processes use the
// machine as well.
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
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // as serve does
	key := cipherKey(b, cipher)
	answering := &signature.Signer{Key: key.Key.(crypto.Signer), Certificate: key.Certificate}
	if signerName != "" {
		answering = signer(b, signerName)
	}
	post := startOffice(b, lenient, func(o *officeOptions) { o.office.Signer = answering })
	letters := prepareLetters(b, post, key.Certificate, b.N)
	before, cpuBefore := cryptoCeiling(b, key, answering)
	var next atomic.Int64
	b.SetParallelism(16)
	spent := cpuTime(b)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		l := openLane(b, post)
		defer l.conn.Close()
		for pb.Next() {
			if err := l.store(letters[next.Add(1)-1]); err != nil {
				b.Error(err)
				return
			}
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

// lane is one keep-alive connection of the load. It does as little as HTTP
// allows: what the load costs is not the office's.
type lane struct {
	conn net.Conn
	in   *bufio.Reader
}

func openLane(b *testing.B, post *office) *lane {
	conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(post.url, "http://"), "/"))
	check(b, err)
	return &lane{conn: conn, in: bufio.NewReaderSize(conn, 16<<10)}
}

// store sends prepared octets and reads the answer, which is encrypted for the
// sender: that it is a success is checked after the run by the store.
func (l *lane) store(letter []byte) error {
	if _, err := l.conn.Write(letter); err != nil {
		return err
	}
	status, err := l.in.ReadString('\n')
	if err != nil || !strings.Contains(status, " 200 ") {
		return fmt.Errorf("answer %q: %w", status, err)
	}
	length := 0
	for {
		line, err := l.in.ReadString('\n')
		if err != nil {
			return err
		}
		if value, ok := strings.CutPrefix(strings.ToLower(line), "content-length:"); ok {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return err
			}
		}
		if line == "\r\n" {
			break
		}
	}
	if length < 3000 {
		return fmt.Errorf("answer of %d octets", length)
	}
	_, err = l.in.Discard(length)
	return err
}

// prepareLetters seals n letters before the clock runs.
func prepareLetters(b *testing.B, post *office, to *signature.Certificate, n int) [][]byte {
	ids := newClient(b, post, "alice", func(o *client.Options) { o.Plain, o.Unsigned = true, true })
	bob := certificate(b, "bob-cipher")
	letters := make([][]byte, n)
	for i := range letters {
		body := sealedStore(b, post, ids, "alice", bob, to, 16<<10)
		head := fmt.Sprintf("POST / HTTP/1.1\r\nHost: office\r\nContent-Length: %d\r\n\r\n", len(body))
		letters[i] = append([]byte(head), body...)
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
	client := signer(b, "alice-signature")
	signed, err := client.Key.Sign(rand.Reader, sum[:], crypto.SHA256)
	check(b, err)
	answerFor := certificate(b, "alice-cipher").PublicKey().(*rsa.PublicKey)
	var done atomic.Int64
	start, spent := time.Now(), cpuTime(b)
	group := errgroup.Group{}
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error {
			for time.Since(start) < ceilingTime {
				if _, err := xmlenc.UnwrapKey(key.Key, xmlenc.DefaultKeyTransport(), wrapped, xmlenc.DefaultMethod(), rand.Reader); err != nil {
					return err
				}
				if err := rsa.VerifyPKCS1v15(client.Certificate.PublicKey().(*rsa.PublicKey), crypto.SHA256, sum[:], signed); err != nil {
					return err
				}
				if _, err := answering.Key.Sign(rand.Reader, sum[:], crypto.SHA256); err != nil {
					return err
				}
				if _, err := xmlenc.WrapKey(answerFor, xmlenc.DefaultKeyTransport(), contentKey, rand.Reader); err != nil {
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
