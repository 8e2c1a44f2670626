// witness is the program in the pods that are measured: it writes down when it starts, which signals
// arrive, and that it is alive, so that a SIGKILL shows as the end of its life.
package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	log := flag.String("log", "/log/app", "file for events; FILE.alive holds the last sign of life")
	drain := flag.Float64("drain", 0, "seconds from a stop signal to the exit")
	ignore := flag.Bool("ignore", false, "go on after stop signals")
	exitAfter := flag.Float64("exit-after", 0, "seconds from the start to the exit, without a signal")
	code := flag.Int("code", 0, "exit code")
	serve := flag.String("serve", "", "address of an HTTP server that takes 2 s for an answer")
	flag.Parse()

	events := open(*log, os.O_APPEND)
	alive := open(*log+".alive", os.O_TRUNC)
	record := func(what string) { fmt.Fprintf(events, "%.3f %s\n", seconds(time.Now()), what) }

	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGINT, syscall.SIGUSR1, syscall.SIGWINCH)
	record("start")
	if *serve != "" {
		go serveSlowly(*serve)
	}
	var end <-chan time.Time
	if *exitAfter > 0 {
		end = after(*exitAfter)
	}
	ticks := time.NewTicker(20 * time.Millisecond)
	for {
		select {
		case now := <-ticks.C:
			alive.WriteAt([]byte(fmt.Sprintf("%.3f", seconds(now))), 0)
		case got := <-signals:
			record(names[got])
			if !*ignore && end == nil {
				end = after(*drain)
			}
		case <-end:
			record("exit")
			os.Exit(*code)
		}
	}
}

var names = map[os.Signal]string{
	syscall.SIGTERM:  "SIGTERM",
	syscall.SIGQUIT:  "SIGQUIT",
	syscall.SIGINT:   "SIGINT",
	syscall.SIGUSR1:  "SIGUSR1",
	syscall.SIGWINCH: "SIGWINCH",
}

func after(s float64) <-chan time.Time { return time.After(time.Duration(s * float64(time.Second))) }

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func open(name string, flags int) *os.File {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|flags, 0o666)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return file
}

func serveSlowly(address string) {
	handler := func(http.ResponseWriter, *http.Request) { time.Sleep(2 * time.Second) }
	fmt.Fprintln(os.Stderr, http.ListenAndServe(address, http.HandlerFunc(handler)))
}
