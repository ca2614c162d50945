package mailbox_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"poststelle/mailbox"
	"poststelle/mailbox/mailboxtest"
)

// BenchmarkPut stores letters of 16 KiB. Beside it stands what the disk does
// in the same run, one write and sync of 16 KiB after the other: put/sync is
// the ratio.
func BenchmarkPut(b *testing.B) {
	ceiling := syncsPerSecond(b)
	for name, workers := range map[string]int{"one": 0, "64": 32} {
		b.Run(name, func(b *testing.B) {
			e := mailboxtest.Start(b)
			to := mailboxtest.Certificate(b, "to")
			var n atomic.Int64
			put := func() error {
				d := mailboxtest.WithPart(mailboxtest.Letter(fmt.Sprint("id", n.Add(1)), to, nil, mailboxtest.Epoch), 16<<10)
				_, err := e.Store.Put(b.Context(), d)
				return err
			}
			b.ResetTimer()
			if workers == 0 {
				for range b.N {
					must(b, put())
				}
			} else {
				b.SetParallelism(workers)
				b.RunParallel(func(p *testing.PB) {
					for p.Next() {
						if err := put(); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			rate := float64(b.N) / b.Elapsed().Seconds()
			b.ReportMetric(rate, "put/s")
			b.ReportMetric(ceiling, "sync/s")
			b.ReportMetric(rate/ceiling, "put/sync")
		})
	}
}

func syncsPerSecond(b *testing.B) float64 {
	b.Helper()
	file, err := os.Create(filepath.Join(b.TempDir(), "probe"))
	must(b, err)
	defer file.Close()
	octets := make([]byte, 16<<10)
	start := time.Now()
	const n = 500
	for range n {
		_, err := file.Write(octets)
		must(b, err)
		must(b, file.Sync())
	}
	return n / time.Since(start).Seconds()
}

// BenchmarkStart opens a store with 100,000 letters; 5 s is the bound.
func BenchmarkStart(b *testing.B) {
	e := mailboxtest.Start(b)
	to := mailboxtest.Certificate(b, "to")
	letters := make(chan int)
	done := make(chan error)
	const workers = 64
	for range workers {
		go func() {
			var first error
			for i := range letters {
				d := mailboxtest.Letter(fmt.Sprint("id", i), to, nil, mailboxtest.Epoch.Add(time.Duration(i)*time.Second))
				if _, err := e.Store.Put(b.Context(), d); err != nil && first == nil {
					first = err
				}
			}
			done <- first
		}()
	}
	for i := range 100_000 {
		letters <- i
	}
	close(letters)
	for range workers {
		must(b, <-done)
	}
	b.ResetTimer()
	for range b.N {
		store, err := mailbox.New(mailbox.Options{
			JetStream: e.JetStream, Content: filepath.Join(e.Dir, "content"), Now: e.Clock.Now, Rand: zeros{},
		})
		must(b, err)
		must(b, store.Start(b.Context()))
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
