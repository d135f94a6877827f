#ifndef FAKE_ATTR_H
#define FAKE_ATTR_H

// RTC memory is a section of its own, so that a test can fill it with what power-on leaves there.
#define RTC_NOINIT_ATTR __attribute__((section("rtc_noinit")))

#endif
