package sockets

import (
	"errors"
	"net/netip"

	"github.com/golwip/lwip/api"
	"github.com/golwip/lwip/netif"
)

// membership is a multicast group that a socket joined.
//
// lwIP: lwip_socket_multicast_pair, struct lwip_socket_multicast_mld6_pair.
type membership struct {
	ifc   *netif.Interface // nil: as the stack chose
	group netip.Addr
}

// join makes the socket a member of a group, until it leaves or is closed.
//
// Errors: EINVAL unless it is a multicast address, ENODEV or EADDRNOTAVAIL for
// no such interface, EADDRINUSE if it is a member, ENOMEM if there are too many
// memberships, ENOPROTOOPT if the stack has no group membership, EADDRNOTAVAIL
// if that refuses.
//
// lwIP: lwip_socket_register_membership, lwip_socket_register_mld6_membership.
func join(s *socket, _ arg, v value) error {
	m, err := s.membershipOf(v)
	if err != nil {
		return err
	}
	if err := s.register(m); err != nil {
		return err
	}
	err = s.conn.JoinGroup(m.ifc, m.group)
	if err == nil {
		return nil
	}
	s.unregister(m)
	switch {
	case errors.Is(err, api.ErrNoGroups):
		return ENOPROTOOPT
	case posix(err) == EIO:
		return EADDRNOTAVAIL
	}
	return err
}

// leave ends a membership. EADDRNOTAVAIL: there is none.
func leave(s *socket, _ arg, v value) error {
	m, err := s.membershipOf(v)
	if err != nil {
		return err
	}
	if !s.unregister(m) {
		return EADDRNOTAVAIL
	}
	return s.conn.LeaveGroup(m.ifc, m.group)
}

func (s *socket) membershipOf(v value) (m membership, err error) {
	m.group = v.group.Unmap()
	if !m.group.IsMulticast() {
		return m, EINVAL
	}
	m.ifc, err = s.p.interfaceOf(v)
	return m, err
}

func (s *socket) register(m membership) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.groups {
		if x == m {
			return EADDRINUSE
		}
	}
	if s.p.memberships.Add(1) > int64(s.p.cfg.MaxMemberships) {
		s.p.memberships.Add(-1)
		return ENOMEM
	}
	s.groups = append(s.groups, m)
	return nil
}

func (s *socket) unregister(m membership) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, x := range s.groups {
		if x == m {
			s.groups = append(s.groups[:i], s.groups[i+1:]...)
			s.p.memberships.Add(-1)
			return true
		}
	}
	return false
}

// dropMemberships stops counting those of a socket that is closed. The Netconn
// leaves the groups.
//
// lwIP: lwip_socket_drop_registered_memberships.
func (s *socket) dropMemberships() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.p.memberships.Add(-int64(len(s.groups)))
	s.groups = nil
}
