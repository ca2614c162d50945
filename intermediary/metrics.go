package intermediary

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics of the office; docs/operations.md explains them.
type metrics struct {
	orders, refusals *prometheus.CounterVec
	troubles, bugs   prometheus.Counter
}

func newMetrics(r prometheus.Registerer) *metrics {
	f := promauto.With(r)
	return &metrics{
		orders: f.NewCounterVec(prometheus.CounterOpts{
			Name: "poststelle_intermediary_orders_total", Help: "Orders by kind and decisive code.",
		}, []string{"kind", "code"}),
		refusals: f.NewCounterVec(prometheus.CounterOpts{
			Name: "poststelle_intermediary_refusals_total", Help: "Letters refused, by code.",
		}, []string{"code"}),
		troubles: f.NewCounter(prometheus.CounterOpts{
			Name: "poststelle_intermediary_troubles_total", Help: "Letters not handled because something around us failed.",
		}),
		bugs: f.NewCounter(prometheus.CounterOpts{
			Name: "poststelle_intermediary_bugs_total", Help: "Impossible states. Alert on any.",
		}),
	}
}
