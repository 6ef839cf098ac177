<?xml version="1.0" encoding="UTF-8"?>
<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
<!-- Makes of one Surefire report a line for each skipped test: CLASS.TEST: REASON. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:output method="text" encoding="UTF-8"/>
  <xsl:template match="/">
    <xsl:for-each select="//testcase[skipped]">
      <xsl:value-of select="concat('  ', @classname, '.', @name, ': ', normalize-space(skipped/@message), '&#10;')"/>
    </xsl:for-each>
  </xsl:template>
</xsl:stylesheet>
