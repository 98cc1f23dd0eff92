package lwip_test
import ("testing";"testing/synctest";"time";"sync";"runtime";"runtime/pprof";"os";"fmt";"github.com/golwip/lwip";"github.com/golwip/lwip/pbuf")
func TestZZ(t *testing.T) {
	runtime.MemProfileRate=1
	synctest.Test(t, func(t *testing.T) {
		a, b := twoStacks(t, func(int) lwip.Config {return lwip.Config{Pbuf: pbuf.Config{IdleBytes: 16 << 10}}}, nil)
		l, _ := a.Listen("tcp", ":7")
		var served sync.WaitGroup
		served.Go(func() { serveEcho(t, l, &served) })
		for i := range 6 {
			churn(t, b, []int{1000,10000,10000,10000,10000,1000}[i])
			pass(3 * time.Minute)
			synctest.Wait()
			h := heap()
			t.Log(h)
			f,_ := os.Create(fmt.Sprintf("/tmp/w/heap%d",i))
			pprof.Lookup("heap").WriteTo(f,0)
			f.Close()
		}
		l.Close()
		served.Wait()
	})
}
