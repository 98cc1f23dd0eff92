package cc

import "time"

// beginEpoch begins a stage of congestion avoidance. Without a W_max above it,
// the window is at the plateau.
//
// Deviation: what was delivered in the recovery before the epoch counts for W_est, which
// RFC 9438 §4.3 has begin after it. The model of Reno that it follows has no recovery,
// and with a window of a few segments that is every fourth or fifth round trip. Pinned
// by TestCubicRecovering.
//
// RFC 9438 §4.2 (K), §4.3 (W_est), §4.8, §4.10.
func (c *cubic) beginEpoch() {
	c.inEpoch = true
	c.t, c.k = 0, 0
	c.carry, c.estCarry = 0, 0
	c.west = c.cwnd
	c.growEstimate(c.repaired)
	c.repaired = 0
	if c.wmax <= c.cwnd {
		c.wmax = c.cwnd
		return
	}
	c.k = time.Duration(cubeRoot(float64(c.wmax-c.cwnd)/(cubicC*float64(c.mss))) * float64(time.Second))
}

// growEstimate moves W_est on: by α segments a window, and like Reno once it has
// made good for the reduction.
//
// RFC 9438 §4.3.
func (c *cubic) growEstimate(acked int) {
	alpha := int64(alphaCubic)
	if c.west >= c.prior {
		alpha = alphaReno
	}
	c.estCarry += alpha * int64(acked) * int64(c.mss)
	unit := alphaDen * int64(c.cwnd)
	c.west = int(min(int64(c.west)+c.estCarry/unit, unlimited))
	c.estCarry %= unit
}

// curve returns W_cubic(t) in bytes.
//
// The arithmetic is products only: there is no sum that a compiler could fuse, so
// every machine gets the same.
//
// RFC 9438 §4.2, figure 1.
func (c *cubic) curve(t time.Duration) int {
	d := float64(t-c.k) / float64(time.Second)
	x := cubicC * float64(c.mss) * d * d * d
	if x >= unlimited {
		return unlimited
	}
	return min(c.wmax+int(x), unlimited)
}

// scale returns x·num/den, for windows that times num do not fit an int of 32 bits.
func scale(x, num, den int) int { return int(int64(x) * int64(num) / int64(den)) }

// cubeRoot returns the cube root of x ≥ 0 by Newton's method, the same on every
// machine: 2·r is exact, so that the sum may be fused or not.
func cubeRoot(x float64) float64 {
	if x <= 0 {
		return 0
	}
	r := 1.0
	for r*r*r < x {
		r *= 2
	}
	for range 64 {
		next := (2*r + x/(r*r)) / 3
		if next >= r {
			break
		}
		r = next
	}
	return r
}
