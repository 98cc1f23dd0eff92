package lwip_test
